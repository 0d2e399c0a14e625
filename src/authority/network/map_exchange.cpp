// SPDX-License-Identifier: Apache-2.0
#include "authority/network/map_exchange.h"

#include <algorithm>

#include "authority/network/map_routes.h"
#include "base/log.h"
#include "crypto/random.h"
#include "http/client.h"

namespace countersign::authority {
namespace {

using std::chrono::milliseconds;

// Between two thirds and four thirds of it, so that the data centres do not ask in step.
milliseconds with_jitter(milliseconds pause) {
  constexpr std::int64_t kParts = 256;
  const std::int64_t chance = crypto::random_bytes(1)[0];
  return milliseconds(pause.count() * 2 / 3 + pause.count() * 2 / 3 * chance / kParts);
}

// Who answers is the data centre that was asked: certified by a CA that the map names for it, as an
// authority's server. That host and certificate agree is the HTTP client's to check.
Result<void> expect_data_centre(const std::vector<Bytes>& chain, const network::MapView& view,
                                const documents::MappedDataCentre& peer) {
  if (chain.empty()) return fail(ErrorCode::kUnauthenticated, "peer: no certificate");
  TRY(const x509::Certificate leaf, x509::Certificate::from_der(chain.front()));
  const x509::Certificate* issuer = view.anchor->issuer_of(leaf);
  if (issuer == nullptr || std::ranges::count(peer.ca_certificates, *issuer) == 0)
    return fail(ErrorCode::kNameNotPermitted,
                "peer: " + leaf.subject().text() + " is not certified by " + peer.name.text());
  return ok();
}

// Those that answer for others answer for themselves, too; who is reached through another is not asked.
bool is_asked(const documents::MappedDataCentre& peer, const x509::Name& self, TimePoint now) {
  return !(peer.name == self) && !peer.through && !network::has_retired(peer, now);
}

}  // namespace

std::string_view map_answer_name(MapAnswer answer) {
  switch (answer) {
    case MapAnswer::kNewer:
      return "newer";
    case MapAnswer::kSame:
      return "same";
    case MapAnswer::kOlder:
      return "older";
    case MapAnswer::kFork:
      return "fork";
    case MapAnswer::kRefused:
      return "refused";
    case MapAnswer::kUnreachable:
      return "unreachable";
  }
  return "";
}

void MapExchange::start() {
  thread_ = std::make_unique<Recurring>("network_map", parts_.look_every, [this] { return look(); });
}

// Whoever else looks at the file may see a map that an operator installed first.
Result<void> MapExchange::follow() {
  const std::shared_ptr<const network::MapView> newest = parts_.kept.newest();
  if (newest == followed_) return ok();
  TRY(parts_.follow());
  log_event(LogLevel::kInfo, "network_map_in_use", {{"version", std::to_string(newest->map.version)}});
  followed_ = newest;
  next_round_ = {};
  return ok();
}

// The data centres of a map that comes into use are asked at once.
Result<void> MapExchange::look() {
  const Result<bool> looked = parts_.kept.look_again();
  Result<void> following = follow();
  if (parts_.clock.now() >= next_round_) {
    next_round_ = parts_.clock.now() + with_jitter(parts_.ask_every);
    ask_peers();
    following = follow();
  }
  if (!looked) return fail(looked.error());
  return following;
}

void MapExchange::ask_peers() {
  // A map that is over still says where a newer one may be had.
  const std::shared_ptr<const network::MapView> view = parts_.kept.newest();
  if (!view) return;
  for (const documents::MappedDataCentre& peer : view->map.data_centres) {
    if (stopping_) return;
    if (!is_asked(peer, parts_.data_centre, parts_.clock.now())) continue;
    const PeerMapState state = ask(*view, peer);
    tell(state);
    const std::lock_guard guard(mutex_);
    states_.insert_or_assign(peer.name, state);
  }
}

PeerMapState MapExchange::ask(const network::MapView& view, const documents::MappedDataCentre& peer) {
  PeerMapState state{peer.name, MapAnswer::kUnreachable, 0, {}, parts_.clock.now()};
  const Result<Bytes> signed_map = fetch(view, peer);
  if (signed_map)
    judge(signed_map.value(), view, state);
  else
    state.detail = signed_map.error().detail;
  return state;
}

Result<Bytes> MapExchange::fetch(const network::MapView& view,
                                 const documents::MappedDataCentre& peer) const {
  http::ClientOptions options;
  options.peer =
      http::PeerCheck{.anchor = view.anchor,
                      .role = x509::Role::kAuthorityServer,
                      .expected_subject = {},
                      // Not owned: the clock outlives this object.
                      .clock = std::shared_ptr<const Clock>(std::shared_ptr<void>(), &parts_.clock)};
  options.inspect_peer = [&](const std::vector<Bytes>& chain) {
    return expect_data_centre(chain, view, peer);
  };
  options.connect_timeout = std::min<milliseconds>(parts_.ask_timeout, options.connect_timeout);
  options.total_timeout = parts_.ask_timeout;
  options.max_response = documents::kMaxSignedNetworkMap;
  TRY(const auto client, http::Client::create(peer.service_url, std::move(options)));
  TRY(http::Response response, client->get(kNetworkMapPath));
  if (response.status != 200) return fail(http::error_of(response));
  return std::move(response.body);
}

void MapExchange::judge(BytesView signed_map, const network::MapView& view, PeerMapState& state) {
  const auto taken = parts_.kept.take(signed_map);
  if (taken) {
    state.answer = taken.value() == network::KeptMap::Taken::kNewer ? MapAnswer::kNewer : MapAnswer::kSame;
    state.version = parts_.kept.newest()->map.version;
    return;
  }
  state.answer = MapAnswer::kRefused;
  state.detail = taken.error().detail;
  if (taken.error().code != ErrorCode::kConflict) return;
  const auto verified = documents::verify_network_map(signed_map, view.map.root, parts_.clock.now());
  if (verified) state.version = verified.value().map.version;
  state.answer =
      verified && state.version < parts_.kept.newest()->map.version ? MapAnswer::kOlder : MapAnswer::kFork;
}

// Counts each answer, and logs one that differs from the same peer's last.
void MapExchange::tell(const PeerMapState& state) {
  const std::string_view name = map_answer_name(state.answer);
  parts_.metrics
      .counter("countersign_network_map_answers_total",
               "Answers of other data centres about the network map.", "answer=\"" + std::string(name) + "\"")
      .add();
  {
    const std::lock_guard guard(mutex_);
    const auto last = states_.find(state.data_centre);
    if (last != states_.end() && last->second.answer == state.answer && last->second.version == state.version)
      return;
  }
  const bool good = state.answer == MapAnswer::kNewer || state.answer == MapAnswer::kSame;
  const LogLevel level = good                               ? LogLevel::kInfo
                         : state.answer == MapAnswer::kFork ? LogLevel::kError
                                                            : LogLevel::kWarning;
  log_event(level, "network_map_of_peer",
            {{"data_centre", state.data_centre.text()},
             {"answer", name},
             {"version", std::to_string(state.version)},
             {"detail", state.detail}});
}

std::vector<PeerMapState> MapExchange::peers() const {
  const std::lock_guard guard(mutex_);
  std::vector<PeerMapState> out;
  for (const auto& [name, state] : states_) out.push_back(state);
  return out;
}

}  // namespace countersign::authority
