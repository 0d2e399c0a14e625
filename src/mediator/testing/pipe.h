// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace countersign::mediator::testing {

// A message of native messaging on the wire.
inline std::string framed(std::string_view message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string wire(sizeof(size), '\0');
  std::memcpy(wire.data(), &size, sizeof(size));
  return wire.append(message);
}

// Pipe is one direction between a browser and the mediator.
class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  }
  ~Pipe() {
    close_reader();
    close_writer();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void close_reader() { close(ends_[0]); }
  void close_writer() { close(ends_[1]); }
  static void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(ends_[1], bytes.data(), bytes.size());
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  // The next framed message; empty at the end.
  std::string read_message() {
    std::uint32_t size = 0;
    if (read_all(&size, sizeof(size)) != sizeof(size)) return {};
    std::string message(size, '\0');
    message.resize(read_all(message.data(), size));
    return message;
  }

 private:
  static void close(int& end) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }
  std::size_t read_all(void* space, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t count = ::read(ends_[0], static_cast<char*>(space) + done, size - done);
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }
  std::array<int, 2> ends_{-1, -1};
};

}  // namespace countersign::mediator::testing
