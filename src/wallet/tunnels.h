// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "link/frame.h"

namespace countersign::wallet {

// Tunnels carries byte streams of this wallet's clients over the channels of one link: each stream is a
// channel that the wallet opens, and the PC takes its bytes, which it cannot read, to the gateway.
// Thread-safe.
class Tunnels {
 public:
  // `send` puts a frame on the link; it may wait, and outlives this.
  using Send = std::function<Result<void>(link::Frame)>;
  explicit Tunnels(Send send) : send_(std::move(send)) {}
  ~Tunnels();  // as hang_up
  Tunnels(const Tunnels&) = delete;
  Tunnels& operator=(const Tunnels&) = delete;

  // Opens a channel to `gateway` and carries the bytes of `socket`, which it owns, until either side closes.
  Result<void> carry(int socket, const std::string& gateway);
  // A frame of kind kData or kClose that came over the link. What belongs to no open channel is dropped: it
  // may have been under way when the channel was closed.
  void take(const link::Frame& frame);
  // Ends all streams; those who read from them see the end at once.
  void hang_up();
  // Ends those that lead to this gateway.
  void hang_up(const std::string& gateway);
  // Why the PC closed the last channel to that gateway that it closed, where it said so.
  std::optional<ErrorCode> closed_because(const std::string& gateway);

 private:
  struct Channel;
  std::shared_ptr<Channel> find(std::uint16_t number);
  void pump(const std::shared_ptr<Channel>& channel);
  void forget(std::uint16_t number);

  const Send send_;
  std::mutex mutex_;  // guards what follows, never while a frame is sent or a socket written
  std::map<std::uint16_t, std::shared_ptr<Channel>> channels_;
  std::vector<std::thread> pumps_;
  std::map<std::string, ErrorCode> closed_because_;  // by gateway
  std::uint16_t last_ = 0;
};

}  // namespace countersign::wallet
