// SPDX-License-Identifier: Apache-2.0
#include "link/ip.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>

namespace countersign::link {
namespace {

Error system_failure(const Endpoint& endpoint, std::string_view what) {
  const int number = errno;
  return {ErrorCode::kUnavailable, "link: " + std::string(what) + " " + endpoint.text() + ": " +
                                       std::generic_category().message(number)};
}

template <typename T>
bool set_option(const Socket& socket, int level, int name, const T& value) {
  return ::setsockopt(socket.number(), level, name, &value, sizeof(value)) == 0;
}

bool bind_to(const Socket& socket, const Endpoint& endpoint) {
  const sockaddr_in address = endpoint.native();
  return ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

Socket new_socket(int type) {
  return Socket(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

}  // namespace

std::optional<in_addr> parse_host(std::string_view text) {
  in_addr host{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &host) != 1) return std::nullopt;
  return host;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto host = parse_host(text.substr(0, colon));
  const auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (!host || error != std::errc() || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return Endpoint{*host, port};
}

Endpoint Endpoint::of(const sockaddr_in& address) {
  return {address.sin_addr, ntohs(address.sin_port)};
}

std::string Endpoint::text() const {
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &host, text.data(), text.size());
  return std::string(text.data()) + ":" + std::to_string(port);
}

sockaddr_in Endpoint::native() const {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr = host;
  return address;
}

Result<Socket> listen_tcp(const Endpoint& endpoint) {
  Socket socket = new_socket(SOCK_STREAM);
  if (!socket || !set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1) || !bind_to(socket, endpoint) ||
      ::listen(socket.number(), SOMAXCONN) != 0)
    return fail(system_failure(endpoint, "listening on"));
  return socket;
}

Result<Socket> bind_udp(const Endpoint& endpoint) {
  Socket socket = new_socket(SOCK_DGRAM);
  if (!socket || !bind_to(socket, endpoint)) return fail(system_failure(endpoint, "binding UDP"));
  return socket;
}

Result<Socket> bind_multicast(const Endpoint& group) {
  Socket socket = new_socket(SOCK_DGRAM);
  if (!socket || !set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1) ||
      !set_option(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0) || !bind_to(socket, group))
    return fail(system_failure(group, "binding multicast"));
  return socket;
}

void join_group(const Socket& socket, in_addr group, in_addr interface_address) {
  (void)set_option(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, ip_mreq{group, interface_address});
}

Result<Endpoint> local_endpoint(const Socket& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return fail(ErrorCode::kInternal, "link: getsockname");
  return Endpoint::of(address);
}

Result<Socket> begin_connect(const Endpoint& endpoint) {
  Socket socket = new_socket(SOCK_STREAM);
  if (!socket) return fail(system_failure(endpoint, "connecting to"));
  (void)set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  const sockaddr_in address = endpoint.native();
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
      errno != EINPROGRESS)
    return fail(system_failure(endpoint, "connecting to"));
  return socket;
}

int connect_error(const Socket& socket) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

int send_datagram(const Socket& socket, const Endpoint& to, BytesView datagram,
                  std::optional<in_addr> interface_address) {
  if (interface_address) (void)set_option(socket, IPPROTO_IP, IP_MULTICAST_IF, *interface_address);
  const sockaddr_in address = to.native();
  const auto sent = ::sendto(socket.number(), datagram.data(), datagram.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return sent < 0 ? errno : 0;
}

std::vector<in_addr> interface_addresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
  std::vector<in_addr> addresses;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    const bool usable = (each->ifa_flags & IFF_UP) != 0 && (each->ifa_flags & IFF_LOOPBACK) == 0;
    if (usable && each->ifa_addr != nullptr && each->ifa_addr->sa_family == AF_INET)
      addresses.push_back(reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr);
  }
  return addresses;
}

}  // namespace countersign::link
