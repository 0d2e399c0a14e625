// SPDX-License-Identifier: Apache-2.0
#include "link/lan.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "link/discovery_responder.h"
#include "link/lan_search.h"

namespace countersign::link {
namespace {

constexpr std::chrono::milliseconds kBreath{100};  // when descriptors or memory are short

class LanTransport final : public Transport {
 public:
  LanTransport(LanSearchPlan plan, const Clock& clock) : plan_(std::move(plan)), clock_(clock) {}
  std::string_view name() const override { return kLan; }
  Reached<std::unique_ptr<Search>> search(const Target& target) override {
    return std::unique_ptr<Search>(std::make_unique<LanSearch>(plan_, target, clock_));
  }

 private:
  const LanSearchPlan plan_;
  const Clock& clock_;
};

class TcpAcceptor final : public LanAcceptor {
 public:
  TcpAcceptor(Socket socket, std::uint16_t port, std::unique_ptr<DiscoveryResponder> responder)
      : socket_(std::move(socket)), port_(port), responder_(std::move(responder)) {}

  std::string_view name() const override { return kLan; }
  std::uint16_t port() const override { return port_; }
  std::uint16_t discovery_port() const override { return responder_->port(); }

  Result<Stream> accept() override {
    while (!stopped_) {
      std::array<pollfd, 2> waits{{{waker_.number(), POLLIN, 0}, {socket_.number(), POLLIN, 0}}};
      ::poll(waits.data(), waits.size(), -1);
      if (stopped_) break;
      sockaddr_in from{};
      socklen_t size = sizeof(from);
      Socket accepted(::accept4(socket_.number(), reinterpret_cast<sockaddr*>(&from), &size,
                                SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (accepted) {
        const int on = 1;
        (void)::setsockopt(accepted.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        return Stream{std::move(accepted), Endpoint::of(from).text()};
      }
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        ::poll(waits.data(), 1, static_cast<int>(kBreath.count()));
    }
    return fail(ErrorCode::kCancelled, "link: no longer listening");
  }

  void stop() noexcept override {
    stopped_ = true;
    waker_.wake();
  }

 private:
  const Socket socket_;
  const std::uint16_t port_;
  const std::unique_ptr<DiscoveryResponder> responder_;
  Waker waker_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace

Result<std::shared_ptr<Transport>> lan_transport(const LanSearchOptions& options, const Clock& clock) {
  LanSearchPlan plan;
  plan.discovery_port = options.discovery_port;
  plan.settling = options.settling;
  if (!options.group.empty()) {
    const auto group = parse_host(options.group);
    if (!group || !IN_MULTICAST(ntohl(group->s_addr)))
      return fail(ErrorCode::kMalformed, "link: not a multicast group: " + options.group);
    plan.group = Endpoint{*group, options.discovery_port};
  }
  if (!options.interface_address.empty()) {
    plan.interface_address = parse_host(options.interface_address);
    if (!plan.interface_address)
      return fail(ErrorCode::kMalformed, "link: not an IPv4 address: " + options.interface_address);
  }
  for (const auto& text : options.addresses) {
    const auto endpoint = Endpoint::parse(text);
    if (!endpoint) return fail(ErrorCode::kMalformed, "link: not an IPv4 address with port: " + text);
    plan.addresses.push_back(*endpoint);
  }
  return std::shared_ptr<Transport>(std::make_shared<LanTransport>(std::move(plan), clock));
}

Result<std::unique_ptr<LanAcceptor>> LanAcceptor::listen(const LanListenOptions& options, PairingStore& store,
                                                         const Clock& clock) {
  const auto address = parse_host(options.address);
  if (!address) return fail(ErrorCode::kMalformed, "link: not an IPv4 address: " + options.address);
  TRY(auto socket, listen_tcp({*address, options.port}));
  TRY(const auto bound, local_endpoint(socket));
  TRY(auto responder, DiscoveryResponder::start(options, bound.port, store, clock));
  return std::unique_ptr<LanAcceptor>(
      std::make_unique<TcpAcceptor>(std::move(socket), bound.port, std::move(responder)));
}

}  // namespace countersign::link
