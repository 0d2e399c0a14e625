// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "link/socket.h"

// IPv4 endpoints and sockets, as the transport over a local network needs them.
namespace countersign::link {

struct Endpoint {
  in_addr host{};
  std::uint16_t port = 0;

  // "192.168.1.7:4711", and nothing else; nullopt for other texts.
  static std::optional<Endpoint> parse(std::string_view text);
  static Endpoint of(const sockaddr_in& address);
  std::string text() const;
  sockaddr_in native() const;
  friend bool operator==(const Endpoint& a, const Endpoint& b) {
    return a.host.s_addr == b.host.s_addr && a.port == b.port;
  }
};

std::optional<in_addr> parse_host(std::string_view text);

// Nonblocking, close-on-exec. kUnavailable with the endpoint's text when bind or listen fails.
Result<Socket> listen_tcp(const Endpoint& endpoint);
Result<Socket> bind_udp(const Endpoint& endpoint);
// Receives what is sent to the group on the interfaces that join_group names, and nothing else. Other
// processes may do the same.
Result<Socket> bind_multicast(const Endpoint& group);
void join_group(const Socket& socket, in_addr group, in_addr interface_address);  // twice is once
// Where the socket is bound.
Result<Endpoint> local_endpoint(const Socket& socket);

// A TCP connection under way: writable when it is decided, see connect_error. kUnavailable when it cannot
// begin.
Result<Socket> begin_connect(const Endpoint& endpoint);
// 0 when connected, else the errno of the failure.
int connect_error(const Socket& socket);

// Sends at once or not at all. `interface_address`: the interface for multicast, none: the system's choice.
// 0 or the errno.
int send_datagram(const Socket& socket, const Endpoint& to, BytesView datagram,
                  std::optional<in_addr> interface_address = std::nullopt);

// Addresses of the interfaces that are up, without loopback.
std::vector<in_addr> interface_addresses();

}  // namespace countersign::link
