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

Result<Bytes> ask_for_map(const Parties& parties, const Identity& identity,
                          std::shared_ptr<const x509::TrustAnchor> anchor) {
  TRY(const auto home, identity.data_centre());
  TRY(const auto authority, parties.peers.authority(identity.enrolment.authority, home, std::move(anchor)));
  return authority->network_map();
}

// The own data centre below the root, by the CAs that its authority has now, but for those that maps have
// taken out: it may have changed while this wallet was off. For a map alone, which is verified by itself.
Result<std::shared_ptr<const x509::TrustAnchor>> home_as_it_is(const Parties& parties,
                                                               const Identity& identity) {
  const x509::Certificate& root = identity.anchor->root();
  TRY(const auto stranger, parties.peers.first_contact(identity.enrolment.authority, root.fingerprint()));
  TRY(const auto facts, stranger->network());
  TRY(const auto home, identity.data_centre());
  for (const x509::Certificate& ca : facts.cas) {
    TRY(const auto subtree, x509::permitted_subtree(ca));
    if (!(subtree == home))
      return fail(ErrorCode::kForbidden, "the authority is of " + subtree.text() + ", not of " + home.text());
  }
  std::vector<x509::Certificate> cas = facts.cas;
  std::erase_if(cas, [&](const auto& ca) { return identity.trust->has_withdrawn(ca); });
  TRY(auto anchor, x509::TrustAnchor::create(root, std::move(cas), parties.clock.now()));
  return std::make_shared<const x509::TrustAnchor>(std::move(anchor));
}

// kSame also where the authority has no map.
Result<network::KeptMap::Taken> fetch(const Parties& parties, const Identity& identity) {
  auto map = ask_for_map(parties, identity, identity.anchor);
  if (!map && map.error().code == ErrorCode::kCertificateUnknown) {
    TRY(auto as_it_is, home_as_it_is(parties, identity));
    map = ask_for_map(parties, identity, std::move(as_it_is));
  }
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
