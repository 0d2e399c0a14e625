// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/peers.h"

namespace countersign::authority {

std::string peer_label(const x509::Name& home) {
  std::string label = "peer=\"";
  for (const char c : home.text()) {
    if (c == '\\' || c == '"') label += '\\';
    label += c;
  }
  return label + '"';
}

void Peers::ask(Matter matter, const std::shared_ptr<const network::MapView>& view, const Route& route,
                Question question, Answer answer) {
  Result<std::shared_ptr<PeerClient>> client = client_for(view, route);
  if (!client) return answer({fail(client.error()), PeerAnswer::Peer::kFails});
  Result<PeerLane*> lane = lane_of(matter, route.home->name);
  if (!lane) return answer({fail(lane.error()), PeerAnswer::Peer::kFails});
  lane.value()->ask(
      [client = std::move(client).value(), question = std::move(question)] { return question(*client); },
      std::move(answer));
}

void Peers::ask(const std::shared_ptr<const network::MapView>& view, const Route& route, Bytes request,
                Answer answer) {
  ask(
      Matter::kStatus, view, route,
      [request = std::move(request)](PeerClient& client) { return client.ask(request); }, std::move(answer));
}

void Peers::ask_feed(const std::shared_ptr<const network::MapView>& view, const Route& route, Bytes request,
                     Answer answer) {
  ask(
      Matter::kFeed, view, route,
      [request = std::move(request)](PeerClient& client) { return client.ask_feed(request, {}); },
      std::move(answer));
}

void Peers::forward_order(const std::shared_ptr<const network::MapView>& view, const Route& route,
                          Bytes forwarded, Answer answer) {
  ask(
      Matter::kOrder, view, route,
      [forwarded = std::move(forwarded)](PeerClient& client) { return client.forward_order(forwarded); },
      std::move(answer));
}

void Peers::forward_question(const std::shared_ptr<const network::MapView>& view, const Route& route,
                             Bytes request_cms, Answer answer) {
  ask(
      Matter::kQuestion, view, route,
      [request = std::move(request_cms)](PeerClient& client) { return client.forward_question(request); },
      std::move(answer));
}

Result<std::shared_ptr<PeerClient>> Peers::client_for(const std::shared_ptr<const network::MapView>& view,
                                                      const Route& route) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<PeerClient>& client = clients_[{route.asked->name, route.hops}];
  if (client && client->view() == view) return client;
  TRY(client, PeerClient::open(view, *route.asked, route.hops, identity_, clock_, options_.limits));
  return client;
}

Result<PeerLane*> Peers::lane_of(Matter matter, const x509::Name& home) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return fail(ErrorCode::kUnavailable, home.text() + ": the program is stopping");
  std::unique_ptr<PeerLane>& lane = lanes_[{matter, home}];
  if (!lane) lane = make_lane(matter, home);
  return lane.get();
}

// Metrics tell of questions about statuses; the other matters have their own.
std::unique_ptr<PeerLane> Peers::make_lane(Matter matter, const x509::Name& home) {
  switch (matter) {
    case Matter::kStatus:
      break;
    case Matter::kFeed:
      return std::make_unique<PeerLane>(home.text() + " (status feed)", options_.feed_lanes, LaneMetrics{});
    case Matter::kOrder:
      return std::make_unique<PeerLane>(home.text() + " (orders)", options_.order_lanes, LaneMetrics{});
    case Matter::kQuestion:
      return std::make_unique<PeerLane>(home.text() + " (questions)", options_.question_lanes, LaneMetrics{});
  }
  return std::make_unique<PeerLane>(home.text(), options_.lanes, metrics_of(home));
}

LaneMetrics Peers::metrics_of(const x509::Name& home) {
  if (metrics_ == nullptr) return {};
  const auto questions = [&](std::string_view outcome) {
    return &metrics_->counter("countersign_peer_questions_total",
                              "Questions to the authorities of other data centres, by home and outcome.",
                              peer_label(home) + ",outcome=\"" + std::string(outcome) + "\"");
  };
  return {questions("answered"), questions("failed"), questions("turned_away"),
          &metrics_->gauge("countersign_peer_circuit_open",
                           "1 while a home is not asked because it did not answer.", peer_label(home))};
}

void Peers::stop() {
  std::vector<PeerLane*> lanes;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [home, lane] : lanes_) lanes.push_back(lane.get());
  }
  // All at once: dead homes would otherwise be waited for one after the other.
  for (PeerLane* lane : lanes) lane->close();
  for (PeerLane* lane : lanes) lane->stop();
}

CircuitBreaker::State Peers::state_of(const x509::Name& home) const {
  const std::lock_guard lock(mutex_);
  const auto lane = lanes_.find({Matter::kStatus, home});
  return lane == lanes_.end() ? CircuitBreaker::State::kClosed : lane->second->state();
}

}  // namespace countersign::authority
