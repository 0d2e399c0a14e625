// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "http/server.h"
#include "logbook/testing/test_log.h"
#include "sample/take.h"

namespace countersign::logbook::testing {

// ServedLog serves files below /log/ over HTTP, unless `instead` answers.
class ServedLog {
 public:
  using Instead = std::function<std::optional<http::Response>(const std::string& path)>;
  explicit ServedLog(Files files, Instead instead = {})
      : files_(std::move(files)), instead_(std::move(instead)) {
    http::Router router;
    router.add_prefix("GET", "/log/", [this](const http::Request& request) { return answer(request); });
    server_ = take(http::Server::start({}, std::move(router)));
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/log"; }
  int requests() const { return requests_; }

 private:
  http::Response answer(const http::Request& request) {
    ++requests_;
    const std::string path(request.parameter("rest"));
    if (instead_)
      if (auto response = instead_(path)) return std::move(*response);
    const auto file = files_.find(path);
    if (file == files_.end()) return http::problem_response({ErrorCode::kNotFound, path});
    return http::der_response(200, file->second, "application/octet-stream");
  }

  const Files files_;
  const Instead instead_;
  std::atomic<int> requests_ = 0;
  std::unique_ptr<http::Server> server_;
};

// RawServer answers every connection to 127.0.0.1 with a beginning and then with one piece again and again,
// as no honest server would, until the other side is gone.
class RawServer {
 public:
  RawServer(std::string beginning, std::string piece, std::chrono::milliseconds pause)
      : beginning_(std::move(beginning)),
        piece_(std::move(piece)),
        pause_(pause),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 8) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no server");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/log"; }

 private:
  void serve() {
    for (int client; (client = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(client)) {
      char request[4096];
      if (::recv(client, request, sizeof(request), 0) <= 0) continue;
      for (bool is_there = send(client, beginning_); is_there;
           is_there = send(client, piece_) && !is_gone(client))
        std::this_thread::sleep_for(pause_);
    }
  }
  static bool is_gone(int client) {
    char octet = 0;
    return ::recv(client, &octet, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  }
  static bool send(int client, const std::string& text) {
    return ::send(client, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

  const std::string beginning_, piece_;
  const std::chrono::milliseconds pause_;
  const int listener_;
  unsigned short port_ = 0;
  std::thread thread_;
};

}  // namespace countersign::logbook::testing
