// SPDX-License-Identifier: Apache-2.0
#include "link/testing/pair.h"

#include <sys/socket.h>

#include <array>
#include <stdexcept>
#include <thread>

namespace countersign::link::testing {
namespace {

constexpr std::chrono::seconds kLimit{10};

Identity new_identity() {
  return Identity::of_key(crypto::PrivateKey::generate(crypto::KeyKind::kP256), SystemClock().now()).value();
}

Pairing pairing_with(const TlsStream& stream, std::string name) {
  return {std::string(32, '0'), std::move(name), stream.peer(), {}, {}, {}};
}

}  // namespace

std::pair<Socket, Socket> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::runtime_error("socketpair");
  return {Socket(ends[0]), Socket(ends[1])};
}

std::pair<std::unique_ptr<TlsStream>, std::unique_ptr<TlsStream>> stream_pair() {
  const Identity pc = new_identity();
  const Identity terminal = new_identity();
  auto [pc_end, terminal_end] = socket_pair();
  const auto anyone = [](const Sha256Digest&) -> Result<void> { return ok(); };
  std::unique_ptr<TlsStream> accepted;
  std::thread accepting([&, end = std::move(terminal_end)]() mutable {
    accepted = TlsStream::accept(std::move(end), terminal, anyone, after(kLimit)).value();
  });
  auto connected = TlsStream::connect(std::move(pc_end), pc, anyone, after(kLimit));
  accepting.join();
  return {std::move(connected).value(), std::move(accepted)};
}

ConnectedPair connected_pair(ConnectionOptions options) {
  auto [pc, terminal] = stream_pair();
  const Pairing of_pc = pairing_with(*pc, "Terminal");
  const Pairing of_terminal = pairing_with(*terminal, "Computer");
  return {Connection::start(std::move(pc), of_pc, "test", options),
          Connection::start(std::move(terminal), of_terminal, "test", options)};
}

}  // namespace countersign::link::testing
