// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <memory>
#include <unordered_set>

#include "http/request_reader.h"
#include "http/server_websocket.h"
#include "http/stream.h"
#include "http/wire.h"

namespace countersign::http {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using SteadyClock = std::chrono::steady_clock;
using SteadyTimer =
    boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>, Executor>;
template <typename T = void>
using Awaitable = boost::asio::awaitable<T, Executor>;

// What all connections of a server share; constant while it serves, apart from what is atomic or thread-safe
// itself.
struct Service {
  ServerOptions options;
  Router router;
  std::unique_ptr<boost::asio::thread_pool> workers;
  ConnectionCount connections;
};

class Connection;

// Loop is one thread that serves its connections; everything but `context` belongs to that thread.
struct Loop {
  boost::asio::io_context context{1};
  SteadyTimer sweep{
      context};  // enforces deadlines; cancelled when the last connection of a stopping loop ends
  std::unordered_set<Connection*> connections;
  bool stopping = false;
};

// From where a connection comes, and how long it may be idle between requests.
struct Arrival {
  std::string remote_address = {};  // empty: the socket knows
  std::chrono::milliseconds idle_timeout{0};
};

// Connection serves the requests of one client, one after the other. It lives as long as its coroutine and
// the Responds it gave out; all members but those of the mailbox belong to the loop's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Admitted already: released from the service's count when it ends.
  Connection(std::shared_ptr<Loop> loop, std::shared_ptr<Service> service, Socket socket, Arrival arrival);
  ~Connection();

  // Serves until one side ends it. On the loop's thread.
  static Awaitable<> serve(std::shared_ptr<Connection> self, std::shared_ptr<const TlsServer> tls);
  // Ends what waits longer than it may. On the loop's thread.
  void enforce_deadline(SteadyClock::time_point now);
  // Ends the connection once no request is under way; `abandon` ends it now.
  void finish_soon();
  void abandon();
  // Takes the answer of the request under way; from any thread, once per request.
  void deliver(Response response);

 private:
  enum class Mailbox { kEmpty, kAwaited, kDelivered };
  enum class Next { kRequest, kClose, kLinger };

  Awaitable<bool> wait_for(Step::Kind what);
  Awaitable<bool> shake_hands();
  Awaitable<Next> serve_requests();
  Awaitable<Next> serve_request(RequestReader& reader);
  Awaitable<bool> receive(RequestReader& reader, RequestReader::State& state);
  Awaitable<Next> answer_request(RequestReader::Message message);
  Awaitable<Next> refuse(Response problem);
  Awaitable<bool> await_answer();
  Awaitable<bool> send_response(const Response& response, Framing framing);
  Awaitable<bool> send_wire();
  Awaitable<> linger();
  // The session that begins if the answer is 101, or null.
  std::shared_ptr<ServerWebSocket> dispatch(RequestReader::Message message);
  void wake();
  void close();
  // What follows a 101; in websocket_connection.cpp.
  Awaitable<> serve_websocket(std::shared_ptr<ServerWebSocket> session);
  Awaitable<Error> exchange_messages(ServerWebSocket& session);
  void wake_when(Socket::wait_type what, bool& awaited);
  void allow(std::chrono::milliseconds time) { deadline_ = SteadyClock::now() + time; }

  const std::shared_ptr<Loop> loop_;
  const std::shared_ptr<Service> service_;
  Socket socket_;
  SteadyTimer wake_;
  std::unique_ptr<Stream> stream_;
  const std::string remote_address_;
  const std::chrono::milliseconds idle_timeout_;
  std::string wire_;
  SteadyClock::time_point deadline_;
  bool timed_out_ = false;
  bool idle_ = true;  // nothing is lost by ending it: no request has begun
  bool abandoned_ = false;
  bool awaits_read_ = false;  // of a WebSocket: a wait for the socket is under way
  bool awaits_write_ = false;

  // The answer is written before the state says kDelivered and read after.
  std::atomic<Mailbox> mailbox_{Mailbox::kEmpty};
  Response answer_;
};

}  // namespace countersign::http
