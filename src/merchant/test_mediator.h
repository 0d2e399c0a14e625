// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <thread>
#include <vector>

#include "http/websocket_client.h"
#include "merchant/testing.h"

namespace countersign::merchant {

// TestMediator carries a wallet's connection to a gateway's relay, as a mediator does, and keeps all that it
// saw. One connection.
class TestMediator {
 public:
  TestMediator(std::string url, http::WebSocketClientOptions options)
      : url_(std::move(url)), options_(std::move(options)) {}
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
    Bytes part(16 << 10);
    for (ssize_t size; (size = recv(socket_, part.data(), part.size(), 0)) > 0;) {
      const BytesView bytes(part.data(), static_cast<std::size_t>(size));
      remember(bytes);
      if (!relay_->send_binary(bytes)) return;
    }
  }
  void carry_to_wallet() {
    for (auto message = relay_->receive(); message; message = relay_->receive()) {
      const auto& bytes = message.value().payload;
      if (message.value().kind == http::MessageKind::kText) {
        const std::lock_guard lock(mutex_);
        told_.push_back(to_text(bytes));
        continue;
      }
      remember(bytes);
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
  int socket_ = -1;
  std::unique_ptr<http::WebSocketClient> relay_;
  std::mutex mutex_;  // guards what follows
  std::string seen_;
  std::vector<std::string> told_;
  std::vector<std::jthread> threads_;
};

}  // namespace countersign::merchant
