// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/secret.h"

// The datagrams by which a mediator finds its terminal. Both carry an HMAC-SHA-256 under the pairing's
// discovery key: nobody else learns who asks, who answers, or that the two know each other.
namespace countersign::link {

using DiscoveryNonce = std::array<std::uint8_t, 16>;
// Tells terminals apart that read the same offer; random at each start.
using TerminalTag = std::array<std::uint8_t, 8>;

// How far the clocks of both sides may be apart, and how long nonces are remembered at least.
inline constexpr Seconds kDiscoveryTolerance = std::chrono::hours(1);

// Question: "CSQ1" ‖ time (u64, Unix seconds) ‖ nonce ‖ HMAC. Big-endian.
struct Question {
  TimePoint asked;
  DiscoveryNonce nonce{};
};
Bytes write_question(const crypto::SecretBytes& key, const Question& question);
// kMalformed for what is no question; says nothing about its HMAC.
Result<Question> read_question(BytesView datagram);
// Whether a question that read_question accepts was made with this key.
bool is_question_of(BytesView datagram, const crypto::SecretBytes& key);

// Answer: "CSA1" ‖ nonce of the question ‖ tag ‖ TCP port (u16) ‖ HMAC.
struct Answer {
  DiscoveryNonce nonce{};
  TerminalTag terminal{};
  std::uint16_t port = 0;
};
Bytes write_answer(const crypto::SecretBytes& key, const Answer& answer);
// kMalformed, kUnauthenticated for another key.
Result<Answer> read_answer(BytesView datagram, const crypto::SecretBytes& key);

}  // namespace countersign::link
