// SPDX-License-Identifier: Apache-2.0
#include "link/connection.h"

#include <poll.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "link/control.h"
#include "link/tls_stream.h"

namespace countersign::link {
namespace {

constexpr std::chrono::milliseconds kClosingLimit{1'000};
constexpr std::size_t kReadAtOnce = 16 << 10;

Deadline now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

std::shared_ptr<Connection> Connection::start(std::unique_ptr<TlsStream> stream, Pairing pairing,
                                              std::string transport, ConnectionOptions options) {
  std::shared_ptr<Connection> connection(
      new Connection(std::move(stream), std::move(pairing), std::move(transport), options));
  connection->thread_ = std::thread([raw = connection.get()] { raw->run(); });
  return connection;
}

Connection::Connection(std::unique_ptr<TlsStream> stream, Pairing pairing, std::string transport,
                       ConnectionOptions options)
    : pairing_(std::move(pairing)),
      transport_(std::move(transport)),
      options_(options),
      stream_(std::move(stream)),
      last_received_(now()),
      last_sent_(now()) {}

Connection::~Connection() {
  close();
  if (thread_.joinable()) thread_.join();
  for (Bytes& frame : outgoing_) crypto::wipe(frame);
  for (Frame& frame : incoming_) crypto::wipe(frame.payload);
}

Result<void> Connection::send(Frame frame) {
  TRY(check_frame(frame));
  Bytes encoded = encode_frame(frame);
  crypto::wipe(frame.payload);
  {
    std::unique_lock lock(mutex_);
    const bool decided = changed_.wait_for(lock, options_.send_limit, [&] {
      return ended_ || closing_ || outgoing_bytes_ == 0 ||
             outgoing_bytes_ + encoded.size() <= options_.queue_bytes;
    });
    std::optional<Error> refused = ended_;
    if (!refused && closing_) refused = Error{ErrorCode::kCancelled, "link: closed here"};
    if (!refused && !decided) refused = Error{ErrorCode::kUnavailable, "link: the other side does not read"};
    if (refused) {
      crypto::wipe(encoded);
      return fail(std::move(*refused));
    }
    outgoing_bytes_ += encoded.size();
    outgoing_.push_back(std::move(encoded));
  }
  waker_.wake();
  return ok();
}

Result<Frame> Connection::receive() {
  for (;;) {
    TRY(auto frame, receive(std::chrono::hours(1)));
    if (frame) return std::move(*frame);
  }
}

Result<std::optional<Frame>> Connection::receive(std::chrono::milliseconds at_most) {
  bool was_full = false;
  std::optional<Frame> frame;
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [&] { return !incoming_.empty() || ended_ || closing_; });
    if (incoming_.empty()) {
      if (ended_) return fail(*ended_);
      if (closing_) return fail(ErrorCode::kCancelled, "link: closed here");
      return frame;
    }
    was_full = incoming_bytes_ >= options_.queue_bytes;
    frame = std::move(incoming_.front());
    incoming_.pop_front();
    incoming_bytes_ -= frame->payload.size() + kFrameHeader;
  }
  if (was_full) waker_.wake();
  return frame;
}

void Connection::close(std::optional<ErrorCode> reason) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_ || closing_) return;
    closing_ = now() + kClosingLimit;
    outgoing_.push_back(encode_frame({FrameKind::kClose, 0, write_close(reason)}));
    outgoing_bytes_ += outgoing_.back().size();
  }
  changed_.notify_all();
  waker_.wake();
}

std::optional<Error> Connection::ended() const {
  const std::lock_guard lock(mutex_);
  if (!ended_ && closing_) return Error{ErrorCode::kCancelled, "link: closed here"};
  return ended_;
}

void Connection::end(Error error) {
  {
    const std::lock_guard lock(mutex_);
    // Who closed here is told so, also where the other side was quicker to hang up.
    if (!ended_) ended_ = closing_ ? Error{ErrorCode::kCancelled, "link: closed here"} : std::move(error);
  }
  changed_.notify_all();
}

void Connection::run() {
  try {
    while (step()) {
    }
  } catch (const std::exception& fault) {
    end({ErrorCode::kInternal, std::string("link: ") + fault.what()});
  }
  stream_->finish();
  linger();
  stream_.reset();  // the other side sees the end at once, whoever still holds this object
}

// What was closed here shall arrive.
void Connection::linger() {
  std::optional<Deadline> until;
  {
    const std::lock_guard lock(mutex_);
    until = closing_;
  }
  if (until) stream_->linger(*until);
}

// One round: write what can be written, read what is there, then wait for more. False at the end.
bool Connection::step() {
  waker_.clear();
  if (!write_queued() || !read_available()) return false;
  bool wants_write = false;
  bool wants_read = false;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    wants_write = !outgoing_.empty();
    wants_read = incoming_bytes_ < options_.queue_bytes;
    if (closing_ && (!wants_write || now() >= *closing_)) {
      ended_ = Error{ErrorCode::kCancelled, "link: closed here"};
      return false;
    }
  }
  if (!wants_read) last_received_ = now();  // who does not listen cannot complain of silence
  if (now() - last_received_ >= options_.silence_limit) {
    end({ErrorCode::kUnavailable, "link: the other side fell silent"});
    return false;
  }
  if (now() - last_sent_ >= options_.ping_after && !wants_write) {
    queue_own(FrameKind::kPing);
    return true;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_event() - now());
  // With neither wish the socket is left out: poll would tell of a hang-up again and again.
  const int socket = wants_read || wants_write ? stream_->socket().number() : -1;
  std::array<pollfd, 2> waits{{{waker_.number(), POLLIN, 0}, {socket, 0, 0}}};
  if (wants_read) waits[1].events |= POLLIN;
  if (wants_write) waits[1].events |= POLLOUT;
  ::poll(waits.data(), waits.size(), static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000)));
  return true;
}

Deadline Connection::next_event() const {
  const std::lock_guard lock(mutex_);
  Deadline next = last_received_ + options_.silence_limit;
  if (outgoing_.empty()) next = std::min(next, last_sent_ + options_.ping_after);
  if (closing_) next = std::min(next, *closing_);
  return next;
}

void Connection::queue_own(FrameKind kind) {
  const std::lock_guard lock(mutex_);
  if (closing_) return;
  outgoing_.push_back(encode_frame({kind, 0, {}}));
  outgoing_bytes_ += outgoing_.back().size();
}

bool Connection::write_queued() {
  for (;;) {
    Bytes* first = nullptr;  // stays in place: others only append, and only this thread removes
    {
      const std::lock_guard lock(mutex_);
      if (outgoing_.empty()) return true;
      first = &outgoing_.front();
    }
    const auto step = stream_->write_some(BytesView(*first).subspan(written_of_first_));
    if (!step) return end(step.error()), false;
    written_of_first_ += step.value().bytes;
    if (written_of_first_ < first->size()) {
      if (step.value().wants != TlsStream::Wants::kNothing) return true;
      continue;
    }
    written_of_first_ = 0;
    last_sent_ = now();
    {
      const std::lock_guard lock(mutex_);
      crypto::wipe(outgoing_.front());
      outgoing_bytes_ -= outgoing_.front().size();
      outgoing_.pop_front();
    }
    changed_.notify_all();
  }
}

bool Connection::read_available() {
  std::array<std::uint8_t, kReadAtOnce> buffer;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (incoming_bytes_ >= options_.queue_bytes) return true;
    }
    const auto step = stream_->read_some(buffer);
    if (!step) return end(step.error()), false;
    if (step.value().closed) return end({ErrorCode::kGone, "link: closed by the other side"}), false;
    if (step.value().wants != TlsStream::Wants::kNothing) return true;
    reader_.feed(BytesView(buffer).first(step.value().bytes));
    crypto::wipe(std::span(buffer).first(step.value().bytes));
    if (!take_frames() || !write_queued()) return false;  // a flood of reading keeps nobody from writing
  }
}

bool Connection::take_frames() {
  for (;;) {
    auto next = reader_.next();
    if (!next) return end(next.error()), false;
    if (!next.value()) return true;
    Frame frame = std::move(*next.value());
    last_received_ = now();
    if (frame.kind == FrameKind::kPong) continue;
    if (frame.kind == FrameKind::kPing) {
      answer_ping();
      continue;
    }
    if (frame.kind == FrameKind::kClose && frame.channel == 0) {
      end({read_close(frame.payload).value_or(ErrorCode::kGone), "link: closed by the other side"});
      return false;
    }
    {
      const std::lock_guard lock(mutex_);
      incoming_bytes_ += frame.payload.size() + kFrameHeader;
      incoming_.push_back(std::move(frame));
    }
    changed_.notify_all();
  }
}

// Whatever is on its way already tells the other side that we are here, so a flood of pings costs nothing.
void Connection::answer_ping() {
  {
    const std::lock_guard lock(mutex_);
    if (!outgoing_.empty()) return;
  }
  queue_own(FrameKind::kPong);
}

}  // namespace countersign::link
