// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stop_token>
#include <thread>

#include "base/rate_limit.h"
#include "base/recent_map.h"
#include "link/discovery.h"
#include "link/ip.h"
#include "link/lan.h"

namespace countersign::link {

// DiscoveryResponder answers questions that were asked with the key of a pairing or open offer, each once,
// and is silent to everybody else. It has a thread of its own.
class DiscoveryResponder {
 public:
  // `store` and `clock` outlive it; `tcp_port` is what it tells.
  static Result<std::unique_ptr<DiscoveryResponder>> start(const LanListenOptions& options,
                                                           std::uint16_t tcp_port, PairingStore& store,
                                                           const Clock& clock);
  ~DiscoveryResponder();
  std::uint16_t port() const { return port_; }

 private:
  DiscoveryResponder(PairingStore& store, const Clock& clock) : store_(store), clock_(clock) {}
  Result<void> open(const LanListenOptions& options);
  void join_interfaces();
  void run(const std::stop_token& stop);
  void take_datagrams(const Socket& socket);
  void consider(BytesView datagram, const Endpoint& from);

  PairingStore& store_;
  const Clock& clock_;
  TerminalTag tag_{};
  std::uint16_t tcp_port_ = 0;
  std::uint16_t port_ = 0;
  in_addr listen_on_{};
  Endpoint group_;
  Socket unicast_;
  Socket multicast_;  // none without multicast
  // Of the thread alone.
  RateLimit questions_{200, std::chrono::seconds(10)};  // by address
  RecentMap<std::string, bool> answered_{4096};         // nonces
  Waker waker_;
  std::jthread thread_;
};

}  // namespace countersign::link
