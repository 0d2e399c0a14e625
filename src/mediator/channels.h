// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "mediator/sides.h"

namespace countersign::mediator {

// Channels carries the byte streams that the wallet opens, each over a WebSocket of its own, and reads none
// of them: they are the wallet's TLS with the gateway. Thread-safe.
class Channels {
 public:
  static constexpr std::size_t kMaxOpen = 4;   // at a time to one gateway
  static constexpr std::size_t kMaxEver = 64;  // in one purchase, for each of its gateways
  // Bytes of one channel that wait for the gateway; several gateways share them.
  static constexpr std::size_t kMaxWaiting = 256 << 10;

  struct Ways {
    std::function<void(link::Frame)> to_wallet;
    // A text of that gateway; false: it is not what a gateway says, and the channel ends with kMalformed.
    std::function<bool(const std::string& gateway, BytesView)> from_shop;
  };
  // `gateways` outlives it.
  Channels(PurchaseNotice notice, GatewayAccess& gateways, Ways ways);
  ~Channels();  // as close_all()
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;

  // A frame of the wallet: kOpen, kData or kClose of a channel. What does not fit is answered by a close with
  // its reason: kForbidden (none of the purchase's gateways), kTooLarge (too many), kConflict (open
  // already), kNotFound (data without a channel). Waits while a channel has too much to send. What a channel
  // has queued when the wallet closes it is sent.
  void take(link::Frame frame);
  // Tells this gateway, or every one, that its checkout is cancelled, on every channel that is open to it.
  // One that a channel led to, and none does any more, is told all the same, without the caller waiting for
  // it.
  void cancel_at_shop(const std::optional<std::string>& gateway = std::nullopt);
  // Ends all channels without a word to the wallet, once all gateways that are being told have been.
  void close_all();

 private:
  class Channel;
  void open(const link::Frame& frame);
  std::size_t open_to(const std::string& gateway) const;  // with mutex_ held
  void cancel_at(const link::NamedCheckout& checkout);
  void close(std::uint16_t number);
  void forget(std::uint16_t number, const std::shared_ptr<Channel>& channel);
  std::shared_ptr<Channel> find(std::uint16_t number);
  void refuse(std::uint16_t number, ErrorCode reason);

  const PurchaseNotice notice_;
  GatewayAccess& gateways_;
  const Ways ways_;
  std::mutex mutex_;  // guards what follows
  std::map<std::uint16_t, std::shared_ptr<Channel>> channels_;
  std::vector<std::jthread> threads_;
  std::set<std::string> led_to_;       // gateways that channels were opened to, but for those told anew
  std::vector<std::jthread> tellers_;  // of cancellations, where no channel is open
  bool closed_ = false;
};

}  // namespace countersign::mediator
