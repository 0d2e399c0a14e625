// SPDX-License-Identifier: Apache-2.0
#include "mediator/channels.h"

#include <algorithm>
#include <condition_variable>
#include <deque>

#include "link/control.h"

namespace countersign::mediator {
namespace {

constexpr std::string_view kCancel = R"({"type":"cancel"})";

}  // namespace

// One stream: a thread of its own connects and sends, another receives.
class Channels::Channel {
 public:
  Channel(std::uint16_t number, const link::NamedCheckout& checkout, std::size_t max_waiting)
      : number_(number), checkout_(checkout), max_waiting_(max_waiting) {}

  const std::string& gateway() const { return checkout_.gateway; }

  // Runs until the channel ends; says so to the wallet unless it knows.
  void run(GatewayAccess& gateways, const Ways& ways) {
    auto connected = gateways.connect(checkout_);
    if (!connected) return end(ways, connected.error().code);
    const bool goes_on = begin(std::move(connected).value());
    if (is_cancelled()) static_cast<void>(socket_->send_text(kCancel));
    if (!goes_on) return socket_->close();
    std::jthread receiver([&] { receive(ways); });
    send_queued(ways);
    stop();
  }

  void queue(Bytes bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || waiting_ < max_waiting_; });
    if (ended_) return;
    waiting_ += bytes.size();
    queued_.push_back(std::move(bytes));
    changed_.notify_all();
  }

  // False where it has ended. One that is not connected yet says it then.
  bool cancel_at_shop() {
    std::shared_ptr<GatewaySocket> socket;
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return false;
      socket = socket_;
      if (!socket) cancelled_ = true;
    }
    return !socket || socket->send_text(kCancel);
  }

  // Ends once what is queued has been sent.
  void finish() {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
    changed_.notify_all();
  }

  // Ends now. True the first time.
  bool stop() {
    std::shared_ptr<GatewaySocket> socket;
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(ended_, true)) return false;
      socket = socket_;
      changed_.notify_all();
    }
    if (socket) socket->close();
    return true;
  }

 private:
  bool begin(std::unique_ptr<GatewaySocket> socket) {
    const std::lock_guard lock(mutex_);
    socket_ = std::move(socket);
    return !ended_;
  }

  bool is_cancelled() {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }

  void send_queued(const Ways& ways) {
    for (;;) {
      Bytes bytes;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ended_ || finishing_ || !queued_.empty(); });
        if (ended_ || queued_.empty()) return;
        bytes = std::move(queued_.front());
        queued_.pop_front();
        waiting_ -= bytes.size();
        changed_.notify_all();
      }
      if (!socket_->send_binary(bytes)) return end(ways, ErrorCode::kUnavailable);
    }
  }

  void receive(const Ways& ways) {
    for (;;) {
      auto message = socket_->receive();
      if (!message) {
        const ErrorCode code = message.error().code;
        // The gateway closed in order: the stream has its end.
        return end(ways, code == ErrorCode::kCancelled ? std::nullopt : std::optional(code));
      }
      if (message.value().kind == http::MessageKind::kBinary) {
        pass_on(ways, message.value().payload);
      } else if (!ways.from_shop(gateway(), message.value().payload)) {
        return end(ways, ErrorCode::kMalformed);
      }
    }
  }

  void pass_on(const Ways& ways, BytesView bytes) {
    while (!bytes.empty()) {
      const BytesView part = bytes.first(std::min(bytes.size(), link::kMaxPayload));
      ways.to_wallet({link::FrameKind::kData, number_, to_bytes(part)});
      bytes = bytes.subspan(part.size());
    }
  }

  void end(const Ways& ways, std::optional<ErrorCode> reason) {
    if (stop()) ways.to_wallet({link::FrameKind::kClose, number_, link::write_close(reason)});
  }

  const std::uint16_t number_;
  const link::NamedCheckout& checkout_;  // of the notice
  const std::size_t max_waiting_;
  std::mutex mutex_;  // guards what follows; socket_ is set once, before anybody uses it
  std::condition_variable changed_;
  std::shared_ptr<GatewaySocket> socket_;
  std::deque<Bytes> queued_;
  std::size_t waiting_ = 0;
  bool cancelled_ = false;  // before it was connected: to be said then
  bool finishing_ = false;
  bool ended_ = false;
};

Channels::Channels(PurchaseNotice notice, GatewayAccess& gateways, Ways ways)
    : notice_(std::move(notice)), gateways_(gateways), ways_(std::move(ways)) {}

Channels::~Channels() {
  close_all();
}

void Channels::take(link::Frame frame) {
  switch (frame.kind) {
    case link::FrameKind::kOpen:
      return open(frame);
    case link::FrameKind::kClose:
      return close(frame.channel);
    case link::FrameKind::kData:
      if (const auto channel = find(frame.channel)) return channel->queue(std::move(frame.payload));
      return refuse(frame.channel, ErrorCode::kNotFound);
    default:
      return;
  }
}

void Channels::open(const link::Frame& frame) {
  const auto wanted = link::read_open(frame.payload);
  if (!wanted) return refuse(frame.channel, wanted.error().code);
  const auto& checkouts = notice_.checkouts;
  const auto named = std::ranges::find(checkouts, wanted.value().gateway, &link::NamedCheckout::gateway);
  if (named == checkouts.end()) return refuse(frame.channel, ErrorCode::kForbidden);
  std::optional<ErrorCode> refusal;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (channels_.contains(frame.channel)) {
      refusal = ErrorCode::kConflict;
    } else if (open_to(named->gateway) >= kMaxOpen || threads_.size() >= kMaxEver * checkouts.size()) {
      refusal = ErrorCode::kTooLarge;
    } else {
      const auto channel = std::make_shared<Channel>(frame.channel, *named, kMaxWaiting / checkouts.size());
      channels_.emplace(frame.channel, channel);
      led_to_.insert(named->gateway);
      threads_.emplace_back([this, channel, number = frame.channel] {
        channel->run(gateways_, ways_);
        forget(number, channel);
      });
    }
  }
  if (refusal) refuse(frame.channel, *refusal);
}

std::size_t Channels::open_to(const std::string& gateway) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      channels_, [&](const auto& entry) { return entry.second->gateway() == gateway; }));
}

void Channels::close(std::uint16_t number) {
  const auto channel = find(number);
  if (!channel) return;
  channel->finish();
  forget(number, channel);
}

void Channels::forget(std::uint16_t number, const std::shared_ptr<Channel>& channel) {
  const std::lock_guard lock(mutex_);
  const auto found = channels_.find(number);
  if (found != channels_.end() && found->second == channel) channels_.erase(found);
}

void Channels::cancel_at_shop(const std::optional<std::string>& gateway) {
  for (const auto& named : notice_.checkouts) {
    if (!gateway || named.gateway == *gateway) cancel_at(named);
  }
}

// A gateway ends a channel that is idle for long. Where none is open any more it is told on a WebSocket for
// that word alone, once.
void Channels::cancel_at(const link::NamedCheckout& checkout) {
  std::vector<std::shared_ptr<Channel>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, channel] : channels_) {
      if (channel->gateway() == checkout.gateway) all.push_back(channel);
    }
  }
  bool is_told = false;
  for (const auto& channel : all) is_told = channel->cancel_at_shop() || is_told;
  const std::lock_guard lock(mutex_);
  if (is_told || closed_ || led_to_.erase(checkout.gateway) == 0) return;
  tellers_.emplace_back([this, &checkout] {
    auto socket = gateways_.connect(checkout);
    if (!socket) return;
    static_cast<void>(socket.value()->send_text(kCancel));
    socket.value()->close();
  });
}

void Channels::close_all() {
  std::vector<std::shared_ptr<Channel>> all;
  std::vector<std::jthread> threads, tellers;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [number, channel] : channels_) all.push_back(channel);
    threads.swap(threads_);
    tellers.swap(tellers_);
  }
  for (const auto& channel : all) channel->stop();
}

std::shared_ptr<Channels::Channel> Channels::find(std::uint16_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = channels_.find(number);
  return found == channels_.end() ? nullptr : found->second;
}

void Channels::refuse(std::uint16_t number, ErrorCode reason) {
  ways_.to_wallet({link::FrameKind::kClose, number, link::write_close(reason)});
}

}  // namespace countersign::mediator
