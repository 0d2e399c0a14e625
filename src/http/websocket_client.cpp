// SPDX-License-Identifier: Apache-2.0
#include "http/websocket_client.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "crypto/random.h"
#include "http/upgrade_reader.h"
#include "http/websocket_frames.h"
#include "http/websocket_handshake.h"
#include "http/websocket_tls.h"

namespace countersign::http {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::milliseconds kCloseTime{1000};  // for the server to take the close frame
constexpr std::size_t kMaxAnswer = 40 << 10;

// A descriptor that becomes readable when somebody calls ring().
class Bell {
 public:
  Bell() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Bell() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  void ring() { eventfd_write(descriptor_, 1); }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

bool is_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string upgrade_request(const Url& url, std::string_view key, const WebSocketClientOptions& options) {
  std::string request = "GET " + url.path + " HTTP/1.1\r\nHost: ";
  request.append(url.origin().substr(url.scheme.size() + 3));
  request.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
  request.append("Sec-WebSocket-Key: ").append(key).append("\r\n");
  request.append("Sec-WebSocket-Protocol: ").append(options.subprotocol).append("\r\n");
  if (!options.bearer_token.empty()) {
    request.append("Authorization: Bearer ").append(options.bearer_token).append("\r\n");
  }
  return request.append("User-Agent: countersign\r\n\r\n");
}

WebSocketMask new_mask() {
  WebSocketMask mask{};
  const Bytes random = crypto::random_bytes(mask.size());
  std::copy(random.begin(), random.end(), mask.begin());
  return mask;
}

Error lost() {
  return {ErrorCode::kUnavailable, "WebSocket: the connection is lost"};
}

}  // namespace

struct WebSocketClient::State {
  State(Url given_url, WebSocketClientOptions given)
      : url(std::move(given_url)),
        options(std::move(given)),
        tls(options, url),
        reader(WebSocketReader::Side::kClient, options.limits.max_message) {}

  Result<void> open();
  Result<void> write_all(std::string_view bytes, Deadline deadline, int interrupt);
  Result<void> send(WebSocketOpcode opcode, BytesView payload, Deadline deadline);
  Result<std::optional<WebSocketMessage>> take(WebSocketReader::Event event);
  Result<void> await_bytes(Step::Kind what);
  Deadline patience() const { return steady_clock::now() + options.limits.peer_timeout; }

  Step locked_read() {
    const std::lock_guard lock(stream_mutex);
    return stream->read(reader.space());
  }
  Step locked_write(std::string_view bytes) {
    const std::lock_guard lock(stream_mutex);
    return stream->write(bytes);
  }

  const Url url;
  const WebSocketClientOptions options;
  WebSocketTls tls;
  std::optional<TcpConnection> connection;
  std::unique_ptr<Stream> stream;
  std::mutex stream_mutex;  // guards `stream`, for the length of one step
  std::mutex send_mutex;    // held while one frame is sent, so that frames do not mix
  Bell closing;
  std::atomic<bool> closed{false};
  // Of the receiving thread:
  WebSocketReader reader;
  steady_clock::time_point heard = steady_clock::now();
  bool pinged = false;
};

// Connects, upgrades, and hands what came behind the answer to the reader.
Result<void> WebSocketClient::State::open() {
  const Deadline deadline = steady_clock::now() + options.connect_timeout;
  TRY(auto opened, TcpConnection::open(url, options.addresses, deadline));
  connection.emplace(std::move(opened));
  TRY(stream, tls.open(connection->descriptor(), deadline));
  const std::string key = base64_encode(crypto::random_bytes(16));
  TRY(write_all(upgrade_request(url, key, options), deadline, -1));

  Bytes arrived;
  std::optional<UpgradeAnswer> answer;
  while (!answer) {
    std::uint8_t buffer[4096];
    const Step step = stream->read(buffer);
    if (step.kind == Step::Kind::kDone) {
      arrived.insert(arrived.end(), buffer, buffer + step.bytes);
      if (arrived.size() > kMaxAnswer) return fail(ErrorCode::kTooLarge, "answer to the upgrade");
      TRY(answer, read_upgrade_answer(arrived));
    } else if (step.kind != Step::Kind::kWantRead && step.kind != Step::Kind::kWantWrite) {
      return fail(ErrorCode::kUnavailable, url.origin() + ": ended without an answer");
    } else if (wait_for_descriptor(connection->descriptor(), POLLIN, -1, deadline) != Waited::kReady) {
      return fail(ErrorCode::kUnavailable, url.origin() + ": no answer in time");
    }
  }
  if (answer->response.status != 101) return fail(error_of(answer->response), url.origin());
  TRY(check_upgrade_answer(answer->response, key, options.subprotocol));
  const BytesView rest = BytesView(arrived).subspan(answer->size);
  if (rest.size() > reader.space().size()) return fail(ErrorCode::kTooLarge, "frames behind the answer");
  std::copy(rest.begin(), rest.end(), reader.space().begin());
  reader.commit(rest.size());
  heard = steady_clock::now();
  return ok();
}

Result<void> WebSocketClient::State::write_all(std::string_view bytes, Deadline deadline, int interrupt) {
  while (!bytes.empty()) {
    const Step step = locked_write(bytes);
    if (step.kind == Step::Kind::kDone) {
      bytes.remove_prefix(step.bytes);
      continue;
    }
    const bool wants_read = step.kind == Step::Kind::kWantRead;
    if (!wants_read && step.kind != Step::Kind::kWantWrite) return fail(lost());
    if (wait_for_descriptor(connection->descriptor(), wants_read ? POLLIN : POLLOUT, interrupt, deadline) !=
        Waited::kReady) {
      return fail(ErrorCode::kUnavailable, url.origin() + ": takes nothing");
    }
  }
  return ok();
}

Result<void> WebSocketClient::State::send(WebSocketOpcode opcode, BytesView payload, Deadline deadline) {
  const Bytes frame = write_frame(opcode, payload, new_mask());
  const std::lock_guard lock(send_mutex);
  const bool is_last = opcode == WebSocketOpcode::kClose;
  if (closed && !is_last) return fail(ErrorCode::kUnavailable, "WebSocket: has ended");
  return write_all(as_text(frame), deadline, is_last ? -1 : closing.descriptor());
}

// A message, or nothing for what is not for the caller.
Result<std::optional<WebSocketMessage>> WebSocketClient::State::take(WebSocketReader::Event event) {
  using Kind = WebSocketReader::Event::Kind;
  if (event.kind == Kind::kMessage) return std::optional<WebSocketMessage>(std::move(event.message));
  if (event.kind == Kind::kClose) {
    return fail(ErrorCode::kCancelled,
                "WebSocket: closed by the server with " + std::to_string(event.close_code));
  }
  if (event.kind == Kind::kPing) {
    TRY(send(WebSocketOpcode::kPong, event.message.payload, patience()));
  }
  return std::optional<WebSocketMessage>();
}

// Until there is something to read; asks a silent server whether it is there.
Result<void> WebSocketClient::State::await_bytes(Step::Kind what) {
  const bool wants_read = what == Step::Kind::kWantRead;
  if (!wants_read && what != Step::Kind::kWantWrite) return fail(lost());
  const auto lost_at = heard + options.limits.peer_timeout;
  const auto ask_at = std::min(heard + options.limits.ping_interval, lost_at);
  const Waited waited = wait_for_descriptor(connection->descriptor(), wants_read ? POLLIN : POLLOUT,
                                            closing.descriptor(), pinged ? lost_at : ask_at);
  if (waited == Waited::kWoken) return fail(ErrorCode::kGone, "WebSocket: closed here");
  if (waited == Waited::kReady) return ok();
  if (pinged || ask_at == lost_at) return fail(ErrorCode::kUnavailable, url.origin() + ": is silent");
  pinged = true;
  return send(WebSocketOpcode::kPing, {}, patience());
}

Result<std::unique_ptr<WebSocketClient>> WebSocketClient::connect(std::string_view url,
                                                                  WebSocketClientOptions options) {
  TRY(auto parsed, parse_url(url));
  if (parsed.scheme != "https") return fail(ErrorCode::kMalformed, "WebSocket: needs https");
  if (options.subprotocol.empty() || !is_token(options.subprotocol) || !is_token(options.bearer_token)) {
    return fail(ErrorCode::kMalformed, "WebSocket: subprotocol or token");
  }
  auto state = std::make_unique<State>(std::move(parsed), std::move(options));
  if (state->closing.descriptor() < 0) return fail(ErrorCode::kInternal, "WebSocket: no descriptor left");
  TRY(state->open());
  return std::unique_ptr<WebSocketClient>(new WebSocketClient(std::move(state)));
}

WebSocketClient::WebSocketClient(std::unique_ptr<State> state) : state_(std::move(state)) {}

WebSocketClient::~WebSocketClient() {
  close();
}

Result<WebSocketMessage> WebSocketClient::receive() {
  State& state = *state_;
  for (;;) {
    if (state.closed) return fail(ErrorCode::kGone, "WebSocket: closed here");
    auto event = state.reader.next();
    if (!event) {
      close(close_code_of(event.error()));
      return fail(event.error());
    }
    if (event.value()) {
      auto message = state.take(std::move(*event.value()));
      if (!message) {
        close();
        return fail(message.error());
      }
      if (message.value()) return std::move(*message.value());
      continue;
    }
    const Step step = state.locked_read();
    if (step.kind == Step::Kind::kDone) {
      state.reader.commit(step.bytes);
      state.heard = steady_clock::now();
      state.pinged = false;
    } else {
      TRY(state.await_bytes(step.kind));
    }
  }
}

Result<void> WebSocketClient::send_text(std::string_view text) {
  return state_->send(WebSocketOpcode::kText, as_bytes(text), state_->patience());
}

Result<void> WebSocketClient::send_binary(BytesView bytes) {
  return state_->send(WebSocketOpcode::kBinary, bytes, state_->patience());
}

void WebSocketClient::close(WebSocketClose code) {
  State& state = *state_;
  if (state.closed.exchange(true)) return;
  state.closing.ring();
  const auto sent =
      state.send(WebSocketOpcode::kClose, write_close(code, {}), steady_clock::now() + kCloseTime);
  const std::lock_guard lock(state.stream_mutex);
  if (sent) state.stream->finish();
}

}  // namespace countersign::http
