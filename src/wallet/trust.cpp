// SPDX-License-Identifier: Apache-2.0
#include "wallet/trust.h"

#include <charconv>

#include "base/log.h"

namespace countersign::wallet {
namespace {

constexpr std::chrono::hours kAfterAnswer{1};
constexpr std::chrono::minutes kAfterSilence{5};

std::string due_setting(const Identity& identity) {
  return "network-map-due-" + hex_encode(identity.enrolment.root);
}

// When the authority is to be asked next. A time that lies further ahead than this wallet ever sets it was
// set by another clock.
TimePoint due_at(const Parties& parties, const Identity& identity) {
  const TimePoint now = parties.clock.now();
  const auto kept = parties.store.setting(due_setting(identity), "0");
  if (!kept) return now;
  std::int64_t seconds = 0;
  std::from_chars(kept.value().data(), kept.value().data() + kept.value().size(), seconds);
  const TimePoint due = from_unix_seconds(seconds);
  return due > now + kAfterAnswer ? now : due;
}

// The authority may work under a CA key that only its newer map names. The map is signed, and never goes
// back: it is taken from whoever proves to be an authority below the pinned root.
Result<Bytes> fetch_below_root(const Parties& parties, const Identity& identity) {
  TRY(const auto authority,
      parties.peers.first_contact(identity.enrolment.authority, identity.enrolment.root));
  return authority->network_map();
}

// kSame also where the authority has no map.
Result<network::KeptMap::Taken> fetch(const Parties& parties, const Identity& identity) {
  TRY(const auto home, identity.data_centre());
  TRY(const auto authority, parties.peers.authority(identity.enrolment.authority, home, identity.anchor));
  auto map = authority->network_map();
  if (!map && map.error().code == ErrorCode::kCertificateUnknown) map = fetch_below_root(parties, identity);
  if (!map && map.error().code == ErrorCode::kNotFound) return network::KeptMap::Taken::kSame;
  if (!map) return fail(map.error());
  return identity.trust->take(map.value());
}

}  // namespace

bool learn_network(const Parties& parties, Identity& identity) {
  if (parties.maps == nullptr) return false;
  const auto taken = fetch(parties, identity);
  if (!taken) log_error("network_map", taken.error());
  const TimePoint next = parties.clock.now() + (taken ? Seconds(kAfterAnswer) : Seconds(kAfterSilence));
  if (const auto kept = parties.store.keep_setting(due_setting(identity), std::to_string(unix_seconds(next)));
      !kept)
    log_error("network_map", kept.error());
  identity.anchor = identity.trust->current();
  return taken && taken.value() == network::KeptMap::Taken::kNewer;
}

void learn_network_if_due(const Parties& parties, Identity& identity) {
  if (parties.maps != nullptr && due_at(parties, identity) <= parties.clock.now())
    learn_network(parties, identity);
}

Result<std::unique_ptr<GatewayAccess>> reach_gateway(const Parties& parties, Identity& identity,
                                                     const std::string& url, Carrier carrier) {
  learn_network_if_due(parties, identity);
  auto gateway = parties.peers.gateway(url, identity.anchor, carrier);
  if (gateway || gateway.error().code != ErrorCode::kCertificateUnknown) return gateway;
  if (!learn_network(parties, identity)) return gateway;
  return parties.peers.gateway(url, identity.anchor, std::move(carrier));
}

Result<AuthorityPlace> authority_of(const Identity& identity, const x509::Name& data_centre) {
  TRY(auto home, identity.data_centre());
  if (data_centre == home) return AuthorityPlace{identity.enrolment.authority, std::move(home)};
  TRY(auto mapped, identity.trust->data_centre_named(data_centre));
  return AuthorityPlace{std::move(mapped.service_url), std::move(mapped.name)};
}

std::string elsewhere(const x509::Name& data_centre, const x509::Name& purchaser) {
  const auto purchasers = data_centre.child("OU", "purchasers");
  if (purchasers && purchaser.is_below(purchasers.value())) return "";
  std::string words;
  const auto& attributes = data_centre.attributes();
  for (auto each = attributes.rbegin(); each != attributes.rend(); ++each) {
    if (each->type == "O" && !words.empty()) continue;  // the network, which both belong to
    words += (words.empty() ? "" : ", ") + each->value;
  }
  return words;
}

}  // namespace countersign::wallet
