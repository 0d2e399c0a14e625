// SPDX-License-Identifier: Apache-2.0
#include "wallet/tunnels.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <limits>

#include "link/control.h"
#include "storage/file_descriptor.h"

namespace countersign::wallet {
namespace {

// A client that does not take its bytes for so long is given up; the link's reader waits meanwhile.
constexpr timeval kLongestWrite{5, 0};

}  // namespace

struct Tunnels::Channel {
  Channel(std::uint16_t given, int descriptor, std::string leads_to)
      : number(given), socket(descriptor), gateway(std::move(leads_to)) {}
  // Wakes the pump and the client; the descriptor itself stays ours until nobody uses the channel.
  void end() const { shutdown(socket.number(), SHUT_RDWR); }
  bool write(BytesView bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
  }
  const std::uint16_t number;
  const storage::FileDescriptor socket;
  const std::string gateway;
};

Tunnels::~Tunnels() {
  hang_up();
}

Result<void> Tunnels::carry(int socket, const std::string& gateway) {
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &kLongestWrite, sizeof kLongestWrite);
  std::shared_ptr<Channel> channel;
  {
    const std::lock_guard lock(mutex_);
    const bool has_number = last_ < std::numeric_limits<std::uint16_t>::max();
    channel = std::make_shared<Channel>(has_number ? ++last_ : last_, socket, gateway);
    if (!has_number) return fail(ErrorCode::kTooLarge, "link: no channel left; connect anew");
    channels_[channel->number] = channel;
    closed_because_.erase(gateway);
  }
  TRY(auto payload, link::write_open({gateway}));
  const auto opened = send_({link::FrameKind::kOpen, channel->number, std::move(payload)});
  if (!opened) {
    forget(channel->number);
    return fail(opened.error());
  }
  const std::lock_guard lock(mutex_);
  pumps_.emplace_back([this, channel] { pump(channel); });
  return ok();
}

// What the client writes goes out in frames, until either side ends.
void Tunnels::pump(const std::shared_ptr<Channel>& channel) {
  Bytes buffer(link::kMaxPayload);
  for (;;) {
    const ssize_t size = recv(channel->socket.number(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    const auto sent = send_({link::FrameKind::kData, channel->number,
                             to_bytes(BytesView(buffer).first(static_cast<std::size_t>(size)))});
    if (!sent) break;
  }
  channel->end();
  if (find(channel->number))
    static_cast<void>(send_({link::FrameKind::kClose, channel->number, link::write_close(std::nullopt)}));
  forget(channel->number);
}

void Tunnels::take(const link::Frame& frame) {
  const auto channel = find(frame.channel);
  if (!channel) return;
  if (frame.kind == link::FrameKind::kData && channel->write(frame.payload)) return;
  if (frame.kind == link::FrameKind::kClose) {
    const std::lock_guard lock(mutex_);
    if (const auto reason = link::read_close(frame.payload)) closed_because_[channel->gateway] = *reason;
    channels_.erase(frame.channel);
  }
  channel->end();
}

std::optional<ErrorCode> Tunnels::closed_because(const std::string& gateway) {
  const std::lock_guard lock(mutex_);
  const auto found = closed_because_.find(gateway);
  return found == closed_because_.end() ? std::nullopt : std::optional(found->second);
}

void Tunnels::hang_up() {
  std::vector<std::thread> pumps;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, channel] : channels_) channel->end();
    pumps.swap(pumps_);
  }
  for (auto& thread : pumps) thread.join();
}

void Tunnels::hang_up(const std::string& gateway) {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, channel] : channels_) {
    if (channel->gateway == gateway) channel->end();
  }
}

std::shared_ptr<Tunnels::Channel> Tunnels::find(std::uint16_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = channels_.find(number);
  return found == channels_.end() ? nullptr : found->second;
}

void Tunnels::forget(std::uint16_t number) {
  const std::lock_guard lock(mutex_);
  channels_.erase(number);
}

}  // namespace countersign::wallet
