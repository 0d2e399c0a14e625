// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "http/message.h"

namespace countersign::http {

// RequestReader makes Requests of a connection's bytes (RFC 9112), within limits. It does no input or output,
// so that anything can be thrown at it. One message at a time; bytes beyond it wait for the next.
class RequestReader {
 public:
  struct Limits {
    std::size_t header;
    std::size_t body;
  };
  explicit RequestReader(Limits limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  enum class State { kNeedsBytes, kComplete, kRefused };
  // Where to read into, and how many bytes arrived there.
  std::span<std::uint8_t> space();
  void commit(std::size_t bytes);
  // Goes on with what is there.
  State advance();
  // Whether a part of a message has arrived.
  bool has_begun() const;
  // Once, after the header came with `Expect: 100-continue` and before its body did (RFC 9110 §10.1.1).
  bool take_expectation();

  struct Message {
    Request request;
    bool irregular_path = false;  // see Target
    bool keep_alive = true;
    bool is_followed = false;  // bytes beyond it have arrived
    // Framing is intact, but the message is not acceptable: the problem to answer with.
    std::optional<Response> problem;
  };
  // After kComplete; the reader is ready for the next message.
  Message take();
  // After kRefused: the problem to answer with before closing.
  const Response& refusal() const;

 private:
  struct Parsing;
  std::unique_ptr<Parsing> parsing_;
};

}  // namespace countersign::http
