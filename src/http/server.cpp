// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "http/address_key.h"
#include "http/connection.h"

namespace countersign::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

constexpr std::chrono::milliseconds kAcceptRetry{100};  // when descriptors or memory have run out

auto resume_with(error_code& error) {
  return asio::redirect_error(asio::use_awaitable_t<Executor>{}, error);
}

// How often deadlines are looked at: a quarter of the shortest timeout, between 5 and 250 ms.
std::chrono::milliseconds sweep_period(const ServerOptions& options) {
  return std::clamp(std::min(options.read_timeout, options.idle_timeout) / 4, std::chrono::milliseconds(5),
                    std::chrono::milliseconds(250));
}

// Enforces the deadlines of a loop's connections until the loop has stopped and its last connection ended.
Awaitable<> sweep(std::shared_ptr<Loop> loop, std::chrono::milliseconds period,
                  std::chrono::milliseconds stop_timeout) {
  std::optional<SteadyClock::time_point> stop_by;
  while (!loop->stopping || !loop->connections.empty()) {
    error_code error;
    loop->sweep.expires_after(period);
    co_await loop->sweep.async_wait(resume_with(error));
    const auto now = SteadyClock::now();
    if (loop->stopping && !stop_by) stop_by = now + stop_timeout;
    for (Connection* connection : loop->connections) {
      connection->enforce_deadline(now);
      if (stop_by && now >= *stop_by) connection->abandon();
    }
  }
}

void stop(Loop& loop) {
  loop.stopping = true;
  for (Connection* connection : loop.connections) connection->finish_soon();
  loop.sweep.cancel();
}

Result<Acceptor> listen(asio::io_context& context, const ServerOptions& options) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return fail(ErrorCode::kMalformed, "listen address: " + options.address);
  const tcp::endpoint endpoint(address, options.port);
  Acceptor acceptor(context.get_executor());
  error = acceptor.open(endpoint.protocol(), error);
  if (!error) error = acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) error = acceptor.bind(endpoint, error);
  if (!error) error = acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) error = acceptor.non_blocking(true, error);
  if (error) {
    return fail(ErrorCode::kUnavailable,
                "listen on " + options.address + ":" + std::to_string(options.port) + ": " + error.message());
  }
  return acceptor;
}

}  // namespace

struct Server::State {
  State(std::vector<std::shared_ptr<Loop>> given_loops, Acceptor given_acceptor,
        std::shared_ptr<Service> given_service)
      : loops(std::move(given_loops)),
        acceptor(std::move(given_acceptor)),
        service(std::move(given_service)) {}

  Awaitable<> accept_connections();
  void admit(const std::shared_ptr<Loop>& loop, Socket socket, Arrival arrival = {});
  void run();
  void shut_down();

  std::shared_ptr<const TlsServer> current_tls() {
    const std::lock_guard lock(tls_mutex);
    return tls;
  }

  std::vector<std::shared_ptr<Loop>> loops;
  Acceptor acceptor;  // belongs to the first loop's thread once that runs
  std::shared_ptr<Service> service;
  std::mutex tls_mutex;  // guards `tls`
  std::shared_ptr<const TlsServer> tls;
  unsigned short port = 0;
  std::promise<void> accepting_ended;
  std::vector<std::thread> threads;
};

Awaitable<> Server::State::accept_connections() {
  SteadyTimer pause(loops.front()->context);
  for (std::size_t turn = 0; acceptor.is_open(); ++turn) {
    const std::shared_ptr<Loop>& loop = loops[turn % loops.size()];
    Socket socket(loop->context);
    error_code error;
    co_await acceptor.async_accept(socket, resume_with(error));
    if (!error) {
      admit(loop, std::move(socket));
    } else if (acceptor.is_open()) {
      log_error("accept_failed", {ErrorCode::kUnavailable, error.message()});
      pause.expires_after(kAcceptRetry);
      co_await pause.async_wait(resume_with(error));
    }
  }
}

void Server::State::admit(const std::shared_ptr<Loop>& loop, Socket socket, Arrival arrival) {
  error_code error;
  error = socket.non_blocking(true, error);
  if (!error && arrival.remote_address.empty()) {
    const auto peer = socket.remote_endpoint(error);
    if (!error) error = socket.set_option(tcp::no_delay(true), error);
    arrival = {peer.address().to_string(), service->options.idle_timeout};
  }
  if (error) return;  // it has gone already
  const auto refusal = service->connections.admit(
      address_key(arrival.remote_address),
      {service->options.max_connections, service->options.max_connections_per_address});
  if (refusal) {
    if (service->options.observe_refusal) service->options.observe_refusal(*refusal);
    return;
  }
  auto connection = std::make_shared<Connection>(loop, service, std::move(socket), std::move(arrival));
  asio::co_spawn(loop->context, Connection::serve(std::move(connection), current_tls()), asio::detached);
}

void Server::State::run() {
  for (const auto& loop : loops) {
    asio::co_spawn(loop->context, sweep(loop, sweep_period(service->options), service->options.stop_timeout),
                   asio::detached);
  }
  asio::co_spawn(loops.front()->context, accept_connections(),
                 [this](const std::exception_ptr&) { accepting_ended.set_value(); });
  for (const auto& loop : loops) {
    threads.emplace_back([loop] { loop->context.run(); });
  }
}

// Accepting ends before the loops do, so that no connection is handed to a loop that has ended.
void Server::State::shut_down() {
  asio::post(loops.front()->context, [this] {
    error_code error;
    error = acceptor.close(error);
  });
  accepting_ended.get_future().wait();
  for (const auto& loop : loops) {
    asio::post(loop->context, [loop] { stop(*loop); });
  }
  for (std::thread& thread : threads) thread.join();
  service->workers->stop();
  service->workers->join();
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router) {
  std::shared_ptr<const TlsServer> tls;
  if (options.tls) {
    TRY(tls, TlsServer::create(std::move(*options.tls)));
    options.tls.reset();
  }
  std::vector<std::shared_ptr<Loop>> loops;
  for (int i = 0; i < std::max(options.io_threads, 1); ++i) loops.push_back(std::make_shared<Loop>());
  TRY(auto acceptor, listen(loops.front()->context, options));
  auto service = std::make_shared<Service>();
  service->workers =
      std::make_unique<asio::thread_pool>(static_cast<std::size_t>(std::max(options.worker_threads, 1)));
  service->options = std::move(options);
  service->router = std::move(router);
  auto state = std::make_unique<State>(std::move(loops), std::move(acceptor), std::move(service));
  state->tls = std::move(tls);
  error_code error;
  state->port = state->acceptor.local_endpoint(error).port();
  state->run();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() {
  state_->shut_down();
}
unsigned short Server::port() const {
  return state_->port;
}

void Server::adopt(int descriptor, std::string remote_address, std::chrono::milliseconds idle_timeout) {
  const auto& loop = state_->loops.front();
  // Closes the socket, too, when the loop has ended before it came to it.
  const auto owned = std::shared_ptr<int>(new int(descriptor), [](int* taken) {
    if (*taken >= 0) ::close(*taken);
    delete taken;
  });
  asio::post(loop->context, [this, loop, owned, idle_timeout, remote = std::move(remote_address)] {
    if (loop->stopping) return;
    Socket socket(loop->context);
    error_code error;
    error = socket.assign(tcp::v4(), *owned, error);
    if (error) return log_error("adopt_failed", {ErrorCode::kUnavailable, error.message()});
    *owned = -1;
    state_->admit(loop, std::move(socket), {remote, idle_timeout});
  });
}

Result<void> Server::replace_tls(TlsListener tls) {
  TRY(auto replacement, TlsServer::create(std::move(tls)));
  const std::lock_guard lock(state_->tls_mutex);
  if (!state_->tls) return fail(ErrorCode::kConflict, "server: was started without TLS");
  state_->tls = std::move(replacement);
  return ok();
}

}  // namespace countersign::http
