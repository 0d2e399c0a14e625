// SPDX-License-Identifier: Apache-2.0
#include "http/connection.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "crypto/secret.h"
#include "http/address_key.h"
#include "http/websocket_accept.h"

namespace countersign::http {
namespace {

using boost::system::error_code;

constexpr std::size_t kKeptWire = 64 << 10;     // a larger write buffer is given back
constexpr std::size_t kMaxLingering = 4 << 20;  // bytes read and thrown away before closing
constexpr std::chrono::milliseconds kLingerTime{2000};

auto resume_with(error_code& error) {
  return boost::asio::redirect_error(boost::asio::use_awaitable_t<Executor>{}, error);
}

Response internal_problem(std::string detail) {
  return problem_response({ErrorCode::kInternal, std::move(detail)});
}

Response timeout_problem() {
  return problem_response({ErrorCode::kUnavailable, "request: took too long"}, 408);
}

// Runs a handler; the one place where its exceptions are caught.
template <typename Call>
std::optional<Response> problem_of_exception(Call call) {
  try {
    call();
    return std::nullopt;
  } catch (const std::exception& exception) {
    return internal_problem(std::string("handler: ") + exception.what());
  } catch (...) {
    return internal_problem("handler: unknown exception");
  }
}

Response finished_or_problem(Response response) {
  auto problem = problem_of_exception([&] { response = finished(std::move(response)); });
  return problem ? std::move(*problem) : std::move(response);
}

// The request for a handler; its body is overwritten when it goes, since it may hold a secret.
std::shared_ptr<const Request> wiped(Request& request) {
  return {new Request(std::move(request)), [](Request* handled) {
            crypto::wipe(handled->body);
            delete handled;
          }};
}

Response early_frames_problem() {
  return problem_response({ErrorCode::kMalformed, "WebSocket: bytes before the upgrade is answered"});
}

// However a request for a WebSocket ends, its route hears of it.
class EndOfSession {
 public:
  explicit EndOfSession(std::shared_ptr<ServerWebSocket> session) : session_(std::move(session)) {}
  ~EndOfSession() {
    if (session_) session_->end({ErrorCode::kUnavailable, "WebSocket: the connection is lost"});
  }
  EndOfSession(const EndOfSession&) = delete;
  EndOfSession& operator=(const EndOfSession&) = delete;

 private:
  const std::shared_ptr<ServerWebSocket> session_;
};

// Exchange is one request that waits for its answer; the last Respond that goes answers 500 if none did.
class Exchange {
 public:
  explicit Exchange(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~Exchange() {
    if (!answered_) connection_->deliver(internal_problem("handler: dropped the request"));
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void answer(Response response) {
    if (!answered_.exchange(true)) connection_->deliver(std::move(response));
  }

 private:
  const std::shared_ptr<Connection> connection_;
  std::atomic<bool> answered_{false};
};

}  // namespace

Connection::Connection(std::shared_ptr<Loop> loop, std::shared_ptr<Service> service, Socket socket,
                       Arrival arrival)
    : loop_(std::move(loop)),
      service_(std::move(service)),
      socket_(std::move(socket)),
      wake_(loop_->context),
      remote_address_(std::move(arrival.remote_address)),
      idle_timeout_(arrival.idle_timeout) {
  allow(service_->options.read_timeout);
}

Connection::~Connection() = default;

Awaitable<> Connection::serve(std::shared_ptr<Connection> self, std::shared_ptr<const TlsServer> tls) {
  self->loop_->connections.insert(self.get());
  try {
    error_code error;
    self->stream_ = Stream::create(self->socket_.native_handle(), std::move(tls));
    if (!error && self->stream_) {
      const Next next = co_await self->shake_hands() ? co_await self->serve_requests() : Next::kLinger;
      self->stream_->finish();
      if (next == Next::kLinger && !self->timed_out_ && !self->abandoned_) co_await self->linger();
    }
  } catch (const std::exception& exception) {
    log_error("connection_failed", {ErrorCode::kInternal, exception.what()});
  }
  self->close();
}

void Connection::close() {
  error_code error;
  service_->connections.release(address_key(remote_address_));
  error = socket_.close(error);
  loop_->connections.erase(this);
  if (loop_->stopping && loop_->connections.empty()) loop_->sweep.cancel();
}

void Connection::enforce_deadline(SteadyClock::time_point now) {
  if (now < deadline_) return;
  timed_out_ = true;
  error_code error;
  error = socket_.cancel(error);
}

void Connection::finish_soon() {
  if (idle_) abandon();
}

void Connection::abandon() {
  abandoned_ = true;
  error_code error;
  error = socket_.cancel(error);
  wake_.cancel();
}

void Connection::deliver(Response response) {
  answer_ = std::move(response);
  if (mailbox_.exchange(Mailbox::kDelivered, std::memory_order_acq_rel) == Mailbox::kAwaited) wake();
}

void Connection::wake() {
  // Weak, because a loop that has ended keeps what was posted to it, and the connection keeps the loop.
  boost::asio::post(loop_->context, [waiting = weak_from_this()] {
    if (const auto connection = waiting.lock()) connection->wake_.cancel();
  });
}

Awaitable<bool> Connection::wait_for(Step::Kind what) {
  if (what != Step::Kind::kWantRead && what != Step::Kind::kWantWrite) co_return false;
  error_code error;
  co_await socket_.async_wait(what == Step::Kind::kWantRead ? Socket::wait_read : Socket::wait_write,
                              resume_with(error));
  co_return !error && !timed_out_ && !abandoned_;
}

Awaitable<bool> Connection::shake_hands() {
  for (;;) {
    const Step step = stream_->handshake();
    if (step.kind == Step::Kind::kDone) co_return true;
    if (!co_await wait_for(step.kind)) co_return false;
  }
}

Awaitable<Connection::Next> Connection::serve_requests() {
  RequestReader reader({service_->options.max_header, service_->options.max_body});
  Next next = Next::kRequest;
  while (next == Next::kRequest) next = co_await serve_request(reader);
  co_return next;
}

Awaitable<Connection::Next> Connection::serve_request(RequestReader& reader) {
  idle_ = !reader.has_begun();
  if (idle_ && loop_->stopping) co_return Next::kClose;
  allow(idle_ ? idle_timeout_ : service_->options.read_timeout);
  RequestReader::State state = RequestReader::State::kNeedsBytes;
  const bool received = co_await receive(reader, state);
  if (state == RequestReader::State::kRefused) co_return co_await refuse(reader.refusal());
  if (received) co_return co_await answer_request(reader.take());
  if (!timed_out_ || idle_) co_return Next::kClose;
  Response problem = timeout_problem();
  co_return co_await refuse(std::move(problem));
}

// True when a whole message has arrived; else `state` says whether the reader refused.
Awaitable<bool> Connection::receive(RequestReader& reader, RequestReader::State& state) {
  if (idle_ && !stream_->has_pending() && !co_await wait_for(Step::Kind::kWantRead)) co_return false;
  for (;;) {
    state = reader.advance();
    if (state != RequestReader::State::kNeedsBytes) co_return state == RequestReader::State::kComplete;
    if (reader.take_expectation()) {
      wire_ = "HTTP/1.1 100 Continue\r\n\r\n";
      if (!co_await send_wire()) co_return false;
    }
    const Step step = stream_->read(reader.space());
    if (step.kind == Step::Kind::kDone) {
      reader.commit(step.bytes);
      if (idle_) {
        idle_ = false;
        allow(service_->options.read_timeout);
      }
    } else if (!co_await wait_for(step.kind)) {
      co_return false;
    }
  }
}

Awaitable<Connection::Next> Connection::answer_request(RequestReader::Message message) {
  const auto began = SteadyClock::now();
  const auto& observe = service_->options.observe;
  Framing framing{.with_body = message.request.method != "HEAD", .keep_alive = message.keep_alive};
  Request seen;
  if (observe) {
    seen.method = message.request.method;
    seen.path = message.request.path;
    seen.remote_address = remote_address_;
  }
  mailbox_.store(Mailbox::kEmpty, std::memory_order_relaxed);
  const std::shared_ptr<ServerWebSocket> session = dispatch(std::move(message));
  const EndOfSession end_of_session(session);
  if (!co_await await_answer()) co_return Next::kClose;
  const Response response = finished_or_problem(std::move(answer_));
  if (loop_->stopping) framing.keep_alive = false;
  allow(service_->options.read_timeout);
  const bool sent = co_await send_response(response, framing);
  if (observe) {
    observe(seen, response,
            std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - began));
  }
  if (!sent) co_return Next::kClose;
  if (session && response.status == 101) {
    co_await serve_websocket(session);
    co_return Next::kLinger;
  }
  if (framing.keep_alive) co_return Next::kRequest;
  co_return loop_->stopping ? Next::kClose : Next::kLinger;
}

std::shared_ptr<ServerWebSocket> Connection::dispatch(RequestReader::Message message) {
  auto exchange = std::make_shared<Exchange>(shared_from_this());
  const auto refuse_with = [&](Response problem) {
    exchange->answer(std::move(problem));
    return nullptr;
  };
  if (message.problem) return refuse_with(std::move(*message.problem));
  Request& request = message.request;
  request.remote_address = remote_address_;
  request.client_certificate = stream_->client_certificate();
  request.tls_exporter = stream_->tls_exporter();
  Router::Match match = service_->router.match(request, message.irregular_path);
  if (match.route == nullptr) return refuse_with(std::move(match.refusal));
  if (match.route->handler) {
    auto problem = problem_of_exception([&] {
      match.route->handler(std::move(request),
                           [exchange](Response response) { exchange->answer(std::move(response)); });
    });
    if (problem) exchange->answer(std::move(*problem));
    return nullptr;
  }
  std::shared_ptr<ServerWebSocket> session;
  if (const auto& websocket = match.route->websocket) {
    if (message.is_followed) return refuse_with(early_frames_problem());
    session = std::make_shared<ServerWebSocket>(websocket->limits, [self = weak_from_this()] {
      if (const auto connection = self.lock()) connection->wake();
    });
  }
  boost::asio::post(*service_->workers, [exchange, session, route = match.route, taken = wiped(request)] {
    auto problem = problem_of_exception([&] {
      exchange->answer(session ? accept_websocket(*route->websocket, *taken, session)
                               : route->blocking(*taken));
    });
    if (problem) exchange->answer(std::move(*problem));
  });
  return session;
}

Awaitable<bool> Connection::await_answer() {
  deadline_ = SteadyClock::time_point::max();
  Mailbox state = Mailbox::kEmpty;
  if (mailbox_.compare_exchange_strong(state, Mailbox::kAwaited, std::memory_order_acq_rel)) {
    if (abandoned_) co_return false;
    error_code error;
    wake_.expires_at(SteadyClock::time_point::max());
    co_await wake_.async_wait(resume_with(error));
    state = mailbox_.load(std::memory_order_acquire);
  }
  co_return state == Mailbox::kDelivered && !abandoned_;
}

Awaitable<Connection::Next> Connection::refuse(Response problem) {
  timed_out_ = false;
  allow(kLingerTime);
  const bool sent = co_await send_response(problem, {.keep_alive = false});
  co_return sent ? Next::kLinger : Next::kClose;
}

Awaitable<bool> Connection::send_response(const Response& response, Framing framing) {
  wire_.clear();
  if (!append_response(wire_, response, framing)) {
    append_response(wire_, internal_problem("handler: header breaks the framing"), framing);
  }
  return send_wire();
}

Awaitable<bool> Connection::send_wire() {
  for (std::string_view rest = wire_; !rest.empty();) {
    const Step step = stream_->write(rest);
    if (step.kind == Step::Kind::kDone) {
      rest.remove_prefix(step.bytes);
    } else if (!co_await wait_for(step.kind)) {
      co_return false;
    }
  }
  if (wire_.capacity() > kKeptWire) wire_ = {};
  co_return true;
}

// Reads what the client still sends, so that closing does not take the answer away from it (RFC 9112 §9.6).
Awaitable<> Connection::linger() {
  allow(kLingerTime);
  idle_ = true;
  for (std::size_t total = 0; total < kMaxLingering;) {
    const Step step = stream_->discard();
    if (step.kind == Step::Kind::kDone) {
      total += step.bytes;
    } else if (!co_await wait_for(step.kind)) {
      co_return;
    }
  }
}

}  // namespace countersign::http
