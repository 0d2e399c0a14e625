// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "link/frame.h"
#include "link/pairing.h"
#include "link/socket.h"

namespace countersign::link {

class TlsStream;

struct ConnectionOptions {
  std::chrono::milliseconds ping_after{10'000};     // nothing sent for so long: a ping
  std::chrono::milliseconds silence_limit{30'000};  // no whole frame received for so long: the link is broken
  std::chrono::milliseconds send_limit{20'000};     // a send that finds no room for so long fails
  std::size_t queue_bytes = 256 << 10;              // held in either direction
};

// Connection is one authenticated link between a paired mediator and wallet: frames over TLS 1.3. It owns a
// thread that reads, writes, answers pings and notices silence. Every function is thread-safe; frames of one
// sender arrive in its order. Memory that held frames is wiped; wiping what `receive` gave out is the
// receiver's.
class Connection {
 public:
  // For listener, dialer and tests; a handshake has been made on `stream`.
  static std::shared_ptr<Connection> start(std::unique_ptr<TlsStream> stream, Pairing pairing,
                                           std::string transport, ConnectionOptions options = {});
  ~Connection();  // as close()
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Queues a frame. Waits for room; kUnavailable when there is none within send_limit. When the link has
  // ended: its error. kMalformed or kTooLarge for a frame that check_frame refuses.
  Result<void> send(Frame frame);
  // The next frame of kind control, data, open or close (of a channel). Waits for one; frames that arrived
  // before the end come first. At the end its error: kGone when the other side closed the link without
  // reason, that reason when it named one, kUnavailable when it broke or fell silent, kCancelled after our
  // own close, kMalformed, kTooLarge or kUnsupported when the other side broke the protocol.
  Result<Frame> receive();
  // The same, at most for so long: nullopt when nothing came.
  Result<std::optional<Frame>> receive(std::chrono::milliseconds at_most);
  // Ends the link after what is queued has been sent (within a second), telling the reason. Returns at once;
  // receivers and senders wake up. Further closes do nothing.
  void close(std::optional<ErrorCode> reason = std::nullopt);
  // Whether the link has ended, and why.
  std::optional<Error> ended() const;

  const Pairing& pairing() const { return pairing_; }
  const std::string& transport() const { return transport_; }

 private:
  Connection(std::unique_ptr<TlsStream> stream, Pairing pairing, std::string transport,
             ConnectionOptions options);
  void run();
  void linger();
  bool step();
  bool write_queued();
  bool read_available();
  bool take_frames();
  void answer_ping();
  void queue_own(FrameKind kind);
  void end(Error error);
  Deadline next_event() const;

  const Pairing pairing_;
  const std::string transport_;
  const ConnectionOptions options_;
  std::unique_ptr<TlsStream> stream_;  // of the thread alone
  FrameReader reader_;                 // of the thread alone
  Deadline last_received_;             // of the thread alone
  Deadline last_sent_;                 // of the thread alone
  std::size_t written_of_first_ = 0;   // of the thread alone: bytes of outgoing_.front()
  Waker waker_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Bytes> outgoing_;
  std::size_t outgoing_bytes_ = 0;
  std::deque<Frame> incoming_;
  std::size_t incoming_bytes_ = 0;
  std::optional<Deadline> closing_;  // until then what is queued may leave
  std::optional<Error> ended_;

  std::thread thread_;
};

}  // namespace countersign::link
