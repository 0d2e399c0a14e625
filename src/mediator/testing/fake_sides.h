// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "mediator/sides.h"

// Screen, wallet and gateway that a test holds in its hands.
namespace countersign::mediator::testing {

inline PurchaseNotice sample_notice() {
  return {{{"https://gateway.example:8443", "checkout-1", "token-1", {"session", "plain"}}},
          "https://shop.example",
          true};
}

// Of two merchants' gateways.
inline PurchaseNotice sample_notice_of_two() {
  PurchaseNotice notice = sample_notice();
  notice.checkouts.push_back({"https://other.example", "checkout-2", "token-2", {"session"}});
  return notice;
}

inline link::ShownOrder sample_order() {
  return {"CN=Sample Shop", "https://shop.example", {{"tea", "Green tea", 2, 450}}, 900, "KRW"};
}

// Mailbox carries values from one thread to another; closed, it gives out what is left and then its reason.
template <typename T>
class Mailbox {
 public:
  bool put(T value) {
    const std::lock_guard lock(mutex_);
    if (reason_) return false;
    values_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }
  void close(ErrorCode reason) {
    const std::lock_guard lock(mutex_);
    if (!reason_) reason_ = reason;
    changed_.notify_all();
  }
  // kInternal when nothing comes within 10 s: a test shall end.
  Result<T> take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(10), [this] { return !values_.empty() || reason_; })) {
      return fail(ErrorCode::kInternal, "nothing came");
    }
    if (values_.empty()) return fail(*reason_, "closed");
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<T> values_;
  std::optional<ErrorCode> reason_;
};

// What the purchaser sees, one line each: "progress asked", "review 900 KRW", "end cancelled cancelled".
class FakeScreen final : public PurchaseScreen {
 public:
  void show_progress(std::string_view state) override { lines_.put("progress " + std::string(state)); }
  void show_review(const std::vector<link::ShownOrder>& orders, std::size_t) override {
    std::string line = "review";
    for (const auto& order : orders) line += " " + std::to_string(order.total) + " " + order.currency;
    lines_.put(std::move(line));
  }
  void show_end(const PurchaseEnd& end) override {
    std::string line = "end " + std::string(link::outcome_name(end.outcome));
    if (end.code) line += " " + std::string(error_name(*end.code));
    for (const auto& one : end.checkouts)
      line += " " + one.gateway + " " + std::string(link::outcome_name(one.outcome));
    lines_.put(std::move(line));
  }
  // The next line; the error's name when none comes.
  std::string next() {
    auto line = lines_.take();
    return line ? line.value() : std::string(error_name(line.error().code));
  }
  void close() { lines_.close(ErrorCode::kGone); }

 private:
  Mailbox<std::string> lines_;
};

// The two ends of a link to a wallet.
struct FakeLinkState {
  Mailbox<link::Frame> to_wallet;
  Mailbox<link::Frame> to_mediator;

  void say(const link::Control& message) {
    to_mediator.put({link::FrameKind::kControl, 0, link::write_control(message).value()});
  }
  void say(std::string_view json) { to_mediator.put({link::FrameKind::kControl, 0, to_bytes(json)}); }
  // The next control message that the wallet hears; nullopt at the end of the link.
  std::optional<link::Control> hear() {
    for (;;) {
      auto frame = to_wallet.take();
      if (!frame) return std::nullopt;
      if (frame.value().kind == link::FrameKind::kControl)
        return link::read_control(frame.value().payload).value();
    }
  }
};

class FakeLink final : public WalletLink {
 public:
  explicit FakeLink(std::shared_ptr<FakeLinkState> state) : state_(std::move(state)) {}
  Result<void> send(link::Frame frame) override {
    if (!state_->to_wallet.put(std::move(frame))) return fail(ErrorCode::kUnavailable, "link: has ended");
    return ok();
  }
  Result<link::Frame> receive() override { return state_->to_mediator.take(); }
  void close() override {
    state_->to_wallet.close(ErrorCode::kGone);
    state_->to_mediator.close(ErrorCode::kCancelled);
  }

 private:
  const std::shared_ptr<FakeLinkState> state_;
};

class FakeWallets final : public WalletAccess {
 public:
  std::shared_ptr<FakeLinkState> link = std::make_shared<FakeLinkState>();
  std::optional<link::Obstacle> obstacle;
  bool keeps_searching = false;

  link::Reached<std::unique_ptr<WalletLink>> reach(std::stop_token stop) override {
    if (keeps_searching) {
      std::mutex mutex;
      std::condition_variable_any stopped;
      std::unique_lock lock(mutex);
      stopped.wait(lock, stop, [] { return false; });
      return BOOST_OUTCOME_V2_NAMESPACE::failure(link::not_reached(link::Obstacle::kCancelled, "stopped"));
    }
    if (obstacle) return BOOST_OUTCOME_V2_NAMESPACE::failure(link::not_reached(*obstacle, "fake"));
    return std::unique_ptr<WalletLink>(new FakeLink(link));
  }
};

// The two ends of a relay's WebSocket.
struct FakeSocketState {
  Mailbox<http::WebSocketMessage> to_gateway;
  Mailbox<http::WebSocketMessage> to_mediator;

  void say(std::string_view json) { to_mediator.put({http::MessageKind::kText, to_bytes(json)}); }
  void send(std::string_view bytes) { to_mediator.put({http::MessageKind::kBinary, to_bytes(bytes)}); }
  // The next message that the gateway gets, or the error's name.
  std::string next() {
    auto message = to_gateway.take();
    return message ? to_text(message.value().payload) : std::string(error_name(message.error().code));
  }
};

class FakeSocket final : public GatewaySocket {
 public:
  explicit FakeSocket(std::shared_ptr<FakeSocketState> state) : state_(std::move(state)) {}
  Result<void> send_text(std::string_view text) override {
    return put(http::MessageKind::kText, as_bytes(text));
  }
  Result<void> send_binary(BytesView bytes) override { return put(http::MessageKind::kBinary, bytes); }
  Result<http::WebSocketMessage> receive() override { return state_->to_mediator.take(); }
  void close() override {
    state_->to_gateway.close(ErrorCode::kGone);
    state_->to_mediator.close(ErrorCode::kGone);
  }

 private:
  Result<void> put(http::MessageKind kind, BytesView bytes) {
    if (!state_->to_gateway.put({kind, to_bytes(bytes)}))
      return fail(ErrorCode::kUnavailable, "socket: has ended");
    return ok();
  }
  const std::shared_ptr<FakeSocketState> state_;
};

class FakeGateways final : public GatewayAccess {
 public:
  std::optional<ErrorCode> refusal;
  std::function<void()> before_connecting = [] {};

  Result<std::unique_ptr<GatewaySocket>> connect(const link::NamedCheckout& checkout) override {
    before_connecting();
    if (refusal) return fail(*refusal, "fake");
    auto state = std::make_shared<FakeSocketState>();
    tokens.put(checkout.token);
    sockets.put(state);
    return std::unique_ptr<GatewaySocket>(new FakeSocket(std::move(state)));
  }
  // The socket that the mediator opened next.
  std::shared_ptr<FakeSocketState> next() { return sockets.take().value(); }

  Mailbox<std::string> tokens;
  Mailbox<std::shared_ptr<FakeSocketState>> sockets;
};

}  // namespace countersign::mediator::testing
