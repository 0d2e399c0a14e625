// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

namespace countersign::authority {

// SlowListener answers whatever it is asked, a byte every 20 ms, and never comes to an end.
class SlowListener {
 public:
  SlowListener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("slow listener: no port");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~SlowListener() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  SlowListener(const SlowListener&) = delete;
  SlowListener& operator=(const SlowListener&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int sent() const { return sent_; }

 private:
  void run() {
    while (!stopping_) {
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      drip(client);
      ::close(client);
    }
  }
  void drip(int client) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 60000\r\n\r\n";
    for (std::size_t i = 0; !stopping_; ++i) {
      const char byte = i < head.size() ? head[i] : 'x';
      if (::send(client, &byte, 1, MSG_NOSIGNAL) != 1) return;
      ++sent_;
      pollfd hung_up{client, POLLRDHUP, 0};
      if (poll(&hung_up, 1, 20) > 0 && (hung_up.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) return;
    }
  }

  const int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  unsigned short port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> sent_ = 0;
  std::thread thread_;
};

}  // namespace countersign::authority
