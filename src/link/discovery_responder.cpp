// SPDX-License-Identifier: Apache-2.0
#include "link/discovery_responder.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "crypto/random.h"

namespace countersign::link {
namespace {

constexpr std::size_t kLargestDatagram = 128;  // ours are shorter; longer ones are no question
constexpr std::chrono::milliseconds kJoinPeriod{10'000};
constexpr int kDatagramsAtOnce = 64;

}  // namespace

Result<std::unique_ptr<DiscoveryResponder>> DiscoveryResponder::start(const LanListenOptions& options,
                                                                      std::uint16_t tcp_port,
                                                                      PairingStore& store,
                                                                      const Clock& clock) {
  std::unique_ptr<DiscoveryResponder> responder(new DiscoveryResponder(store, clock));
  responder->tcp_port_ = tcp_port;
  const Bytes tag = crypto::random_bytes(responder->tag_.size());
  std::ranges::copy(tag, responder->tag_.begin());
  TRY(responder->open(options));
  responder->thread_ = std::jthread([raw = responder.get()](const std::stop_token& stop) { raw->run(stop); });
  return responder;
}

DiscoveryResponder::~DiscoveryResponder() {
  thread_.request_stop();
  waker_.wake();
}

Result<void> DiscoveryResponder::open(const LanListenOptions& options) {
  const auto address = parse_host(options.address);
  if (!address) return fail(ErrorCode::kMalformed, "link: not an IPv4 address: " + options.address);
  listen_on_ = *address;
  TRY(unicast_, bind_udp({listen_on_, options.discovery_port}));
  TRY(const auto bound, local_endpoint(unicast_));
  port_ = bound.port;
  if (options.group.empty() || options.discovery_port == 0) return ok();
  const auto group = parse_host(options.group);
  if (!group || !IN_MULTICAST(ntohl(group->s_addr)))
    return fail(ErrorCode::kMalformed, "link: not a multicast group: " + options.group);
  group_ = {*group, options.discovery_port};
  TRY(multicast_, bind_multicast(group_));
  join_interfaces();
  return ok();
}

// Interfaces come and go; joining again does nothing.
void DiscoveryResponder::join_interfaces() {
  if (!multicast_) return;
  if (listen_on_.s_addr != INADDR_ANY) return join_group(multicast_, group_.host, listen_on_);
  for (const in_addr& address : interface_addresses()) join_group(multicast_, group_.host, address);
}

void DiscoveryResponder::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::array<pollfd, 3> waits{
        {{waker_.number(), POLLIN, 0}, {unicast_.number(), POLLIN, 0}, {multicast_.number(), POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), static_cast<int>(kJoinPeriod.count())) == 0) join_interfaces();
    take_datagrams(unicast_);
    if (multicast_) take_datagrams(multicast_);
  }
}

void DiscoveryResponder::take_datagrams(const Socket& socket) {
  std::array<std::uint8_t, kLargestDatagram> buffer;
  for (int i = 0; i < kDatagramsAtOnce; ++i) {
    sockaddr_in from{};
    socklen_t size = sizeof(from);
    const auto count = ::recvfrom(socket.number(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC,
                                  reinterpret_cast<sockaddr*>(&from), &size);
    if (count < 0) return;
    if (static_cast<std::size_t>(count) > buffer.size() || size != sizeof(from)) continue;
    consider(BytesView(buffer).first(static_cast<std::size_t>(count)), Endpoint::of(from));
  }
}

void DiscoveryResponder::consider(BytesView datagram, const Endpoint& from) {
  const auto question = read_question(datagram);
  if (!question) return;
  const TimePoint now = clock_.now();
  const auto apart =
      question.value().asked > now ? question.value().asked - now : now - question.value().asked;
  const std::string nonce = to_text(question.value().nonce);
  if (apart > kDiscoveryTolerance || answered_.find(nonce)) return;
  if (!questions_.admit(from.text().substr(0, from.text().rfind(':')), now)) return;
  const auto keys = store_.all_keys(now);
  if (!keys) return log_error("discovery_keys", keys.error());
  for (const auto& each : keys.value()) {
    if (!is_question_of(datagram, each.discovery)) continue;
    answered_.put(nonce, true);
    const Answer answer{question.value().nonce, tag_, tcp_port_};
    (void)send_datagram(unicast_, from, write_answer(each.discovery, answer));
    return;
  }
}

}  // namespace countersign::link
