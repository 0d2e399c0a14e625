// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "http/websocket_client.h"
#include "merchant/testing.h"

namespace countersign::merchant {

// TestMediator carries a wallet's connection to a gateway's relay, as a mediator does, keeps all that it saw,
// and can change it on the way. One connection.
class TestMediator {
 public:
  enum class Way { kToGateway, kToWallet };
  using Alter = std::function<void(Way, Bytes& part)>;
  TestMediator(std::string url, http::WebSocketClientOptions options, Alter alter = {})
      : url_(std::move(url)), options_(std::move(options)), alter_(std::move(alter)) {}
  ~TestMediator() {
    if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
    if (relay_) relay_->close();
    threads_.clear();
    if (socket_ >= 0) close(socket_);
  }
  TestMediator(const TestMediator&) = delete;
  TestMediator& operator=(const TestMediator&) = delete;

  // For http::ClientOptions::carry.
  Result<void> carry(int socket) {
    if (relay_) {
      close(socket);
      return fail(ErrorCode::kUnavailable, "one connection");
    }
    socket_ = socket;
    TRY(relay_, http::WebSocketClient::connect(url_, options_));
    threads_.emplace_back([this] { carry_to_gateway(); });
    threads_.emplace_back([this] { carry_to_wallet(); });
    return ok();
  }
  std::string seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  // The control messages of the gateway.
  std::vector<std::string> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  void carry_to_gateway() {
    Bytes buffer(16 << 10);
    for (ssize_t size; (size = recv(socket_, buffer.data(), buffer.size(), 0)) > 0;) {
      Bytes part(buffer.begin(), buffer.begin() + size);
      remember(part);
      if (alter_) alter_(Way::kToGateway, part);
      if (!relay_->send_binary(part)) return;
    }
  }
  void carry_to_wallet() {
    for (auto message = relay_->receive(); message; message = relay_->receive()) {
      auto& bytes = message.value().payload;
      if (message.value().kind == http::MessageKind::kText) {
        const std::lock_guard lock(mutex_);
        told_.push_back(to_text(bytes));
        continue;
      }
      remember(bytes);
      if (alter_) alter_(Way::kToWallet, bytes);
      if (send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return;
    }
    shutdown(socket_, SHUT_RDWR);
  }
  void remember(BytesView bytes) {
    const std::lock_guard lock(mutex_);
    seen_.append(as_text(bytes));
  }

  const std::string url_;
  const http::WebSocketClientOptions options_;
  const Alter alter_;
  int socket_ = -1;
  std::unique_ptr<http::WebSocketClient> relay_;
  std::mutex mutex_;  // guards what follows
  std::string seen_;
  std::vector<std::string> told_;
  std::vector<std::jthread> threads_;
};

}  // namespace countersign::merchant
