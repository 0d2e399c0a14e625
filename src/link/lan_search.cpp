// SPDX-License-Identifier: Apache-2.0
#include "link/lan_search.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "crypto/random.h"

namespace countersign::link {
namespace {

constexpr std::chrono::milliseconds kLongestInterval{2'000};
constexpr std::chrono::milliseconds kTryAgain{1'000};
constexpr std::chrono::milliseconds kPatience{50};  // between looks at the stop token
constexpr std::size_t kMaxAttempts = 8;
constexpr std::size_t kNoncesKept = 64;
constexpr std::size_t kLargestDatagram = 128;

Deadline now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

LanSearch::LanSearch(const LanSearchPlan& plan, const Target& target, const Clock& clock)
    : plan_(plan), target_(target), clock_(clock), ask_again_(now()), try_again_(now()) {
  auto udp = bind_udp({plan_.interface_address.value_or(in_addr{}), 0});
  if (udp) udp_ = std::move(udp).value();
}

Reached<Stream> LanSearch::next(Deadline deadline, const std::stop_token& stop) {
  while (now() < deadline) {
    if (stop.stop_requested()) return not_reached(Obstacle::kCancelled, "link: search stopped");
    if (terminals_.size() > 1 && target_.is_offer)
      return not_reached(Obstacle::kSeveralTerminals, "link: several terminals answered to one offer");
    if (!connected_.empty() && has_settled()) {
      Stream stream = std::move(connected_.front());
      connected_.pop_front();
      return stream;
    }
    if (now() >= ask_again_) ask();
    if (now() >= try_again_) try_known_addresses();
    wait(std::min(deadline, now() + kPatience));
    take_answers();
    take_connections();
  }
  return reason();
}

// A paired terminal proves itself, whoever else answers; an offer waits until all who read it had time to
// answer.
bool LanSearch::has_settled() const {
  return !target_.is_offer || (settling_until_ && now() >= *settling_until_);
}

NotReached LanSearch::reason() const {
  if (was_refused_)
    return not_reached(Obstacle::kRefused, "link: connections are refused where the terminal was");
  if (!could_send_) return not_reached(Obstacle::kNetworkMissing, "link: no question could be sent");
  return not_reached(Obstacle::kNoAnswer, "link: no answer on the local network");
}

void LanSearch::ask() {
  if (const auto last = Endpoint::parse(target_.last_address))
    send_question({last->host, plan_.discovery_port}, std::nullopt);
  for (const Endpoint& known : plan_.addresses)
    send_question({known.host, plan_.discovery_port}, std::nullopt);
  if (plan_.group) {
    if (plan_.interface_address) {
      send_question(*plan_.group, plan_.interface_address);
    } else {
      for (const in_addr& address : interface_addresses()) send_question(*plan_.group, address);
    }
  }
  ask_again_ = now() + interval_;
  interval_ = std::min(interval_ * 2, kLongestInterval);
}

// Each datagram has a nonce of its own: the terminal answers none twice.
void LanSearch::send_question(const Endpoint& to, std::optional<in_addr> interface_address) {
  if (!udp_) return;
  Question question{clock_.now(), {}};
  const Bytes nonce = crypto::random_bytes(question.nonce.size());
  std::ranges::copy(nonce, question.nonce.begin());
  asked_.push_back(question.nonce);
  if (asked_.size() > kNoncesKept) asked_.erase(asked_.begin());
  const int error =
      send_datagram(udp_, to, write_question(target_.discovery_key, question), interface_address);
  // A closed port of this machine or of a neighbour comes back as an error of the next sending.
  if (error == 0 || error == ECONNREFUSED) could_send_ = true;
}

void LanSearch::try_known_addresses() {
  if (const auto last = Endpoint::parse(target_.last_address)) begin(*last);
  for (const Endpoint& known : plan_.addresses) begin(known);
  try_again_ = now() + kTryAgain;
}

void LanSearch::begin(const Endpoint& endpoint) {
  const auto is_same = [&](const auto& tried) { return tried.first == endpoint; };
  const auto tried = std::find_if(tried_.begin(), tried_.end(), is_same);
  if (tried != tried_.end() && now() < tried->second) return;
  const auto under_way = [&](const Attempt& attempt) { return attempt.endpoint == endpoint; };
  if (attempts_.size() >= kMaxAttempts || std::ranges::any_of(attempts_, under_way)) return;
  if (tried == tried_.end()) {
    if (tried_.size() >= kNoncesKept) tried_.erase(tried_.begin());
    tried_.emplace_back(endpoint, now() + kTryAgain);
  } else {
    tried->second = now() + kTryAgain;
  }
  auto socket = begin_connect(endpoint);
  if (!socket) return;
  could_send_ = true;
  attempts_.push_back({endpoint, std::move(socket).value()});
}

void LanSearch::wait(Deadline until) {
  std::vector<pollfd> waits{{udp_.number(), POLLIN, 0}};
  for (const Attempt& attempt : attempts_) waits.push_back({attempt.socket.number(), POLLOUT, 0});
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now());
  ::poll(waits.data(), waits.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
}

void LanSearch::take_answers() {
  std::array<std::uint8_t, kLargestDatagram> buffer;
  while (udp_) {
    sockaddr_in from{};
    socklen_t size = sizeof(from);
    const auto count = ::recvfrom(udp_.number(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC,
                                  reinterpret_cast<sockaddr*>(&from), &size);
    if (count < 0) return;
    if (static_cast<std::size_t>(count) > buffer.size() || size != sizeof(from)) continue;
    const auto answer =
        read_answer(BytesView(buffer).first(static_cast<std::size_t>(count)), target_.discovery_key);
    if (!answer || std::ranges::find(asked_, answer.value().nonce) == asked_.end()) continue;
    terminals_.insert(answer.value().terminal);
    if (!settling_until_) settling_until_ = now() + plan_.settling;
    begin({from.sin_addr, answer.value().port});
  }
}

void LanSearch::take_connections() {
  for (auto attempt = attempts_.begin(); attempt != attempts_.end();) {
    pollfd wait{attempt->socket.number(), POLLOUT, 0};
    if (::poll(&wait, 1, 0) == 0) {
      ++attempt;
      continue;
    }
    const int error = connect_error(attempt->socket);
    if (error == ECONNREFUSED) was_refused_ = true;
    if (error == 0) {
      if (!settling_until_) settling_until_ = now() + plan_.settling;
      connected_.push_back({std::move(attempt->socket), attempt->endpoint.text()});
    }
    attempt = attempts_.erase(attempt);
  }
}

}  // namespace countersign::link
