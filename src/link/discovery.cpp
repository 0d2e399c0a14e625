// SPDX-License-Identifier: Apache-2.0
#include "link/discovery.h"

#include <algorithm>

#include "crypto/digest.h"

namespace countersign::link {
namespace {

constexpr std::string_view kQuestionMark = "CSQ1";
constexpr std::string_view kAnswerMark = "CSA1";
constexpr std::size_t kMac = sizeof(Sha256Digest);
constexpr std::size_t kQuestionBody = 4 + 8 + sizeof(DiscoveryNonce);
constexpr std::size_t kAnswerBody = 4 + sizeof(DiscoveryNonce) + sizeof(TerminalTag) + 2;
constexpr std::uint64_t kLatestTime = 253402300799;  // the end of the year 9999

bool has_form(BytesView datagram, std::string_view mark, std::size_t body) {
  return datagram.size() == body + kMac && equal(datagram.first(mark.size()), as_bytes(mark));
}

bool is_authentic(BytesView datagram, const crypto::SecretBytes& key) {
  const auto expected = crypto::hmac_sha256(key, datagram.first(datagram.size() - kMac));
  return crypto::equal_constant_time(expected, datagram.last(kMac));
}

void append(Bytes& out, BytesView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes with_mac(const crypto::SecretBytes& key, Bytes body) {
  append(body, crypto::hmac_sha256(key, body));
  return body;
}

}  // namespace

Bytes write_question(const crypto::SecretBytes& key, const Question& question) {
  Bytes body = to_bytes(kQuestionMark);
  const auto time = static_cast<std::uint64_t>(unix_seconds(question.asked));
  for (int shift = 56; shift >= 0; shift -= 8) body.push_back(static_cast<std::uint8_t>(time >> shift));
  append(body, question.nonce);
  return with_mac(key, std::move(body));
}

Result<Question> read_question(BytesView datagram) {
  if (!has_form(datagram, kQuestionMark, kQuestionBody))
    return fail(ErrorCode::kMalformed, "discovery: no question");
  std::uint64_t time = 0;
  for (const std::uint8_t octet : datagram.subspan(kQuestionMark.size(), 8)) time = time << 8 | octet;
  if (time > kLatestTime) return fail(ErrorCode::kMalformed, "discovery: a time that is none");
  Question question;
  question.asked = from_unix_seconds(static_cast<std::int64_t>(time));
  std::ranges::copy(datagram.subspan(12, question.nonce.size()), question.nonce.begin());
  return question;
}

bool is_question_of(BytesView datagram, const crypto::SecretBytes& key) {
  return has_form(datagram, kQuestionMark, kQuestionBody) && is_authentic(datagram, key);
}

Bytes write_answer(const crypto::SecretBytes& key, const Answer& answer) {
  Bytes body = to_bytes(kAnswerMark);
  append(body, answer.nonce);
  append(body, answer.terminal);
  body.push_back(static_cast<std::uint8_t>(answer.port >> 8));
  body.push_back(static_cast<std::uint8_t>(answer.port & 0xff));
  return with_mac(key, std::move(body));
}

Result<Answer> read_answer(BytesView datagram, const crypto::SecretBytes& key) {
  if (!has_form(datagram, kAnswerMark, kAnswerBody))
    return fail(ErrorCode::kMalformed, "discovery: no answer");
  if (!is_authentic(datagram, key))
    return fail(ErrorCode::kUnauthenticated, "discovery: an answer of somebody else");
  Answer answer;
  std::ranges::copy(datagram.subspan(4, answer.nonce.size()), answer.nonce.begin());
  std::ranges::copy(datagram.subspan(20, answer.terminal.size()), answer.terminal.begin());
  answer.port = static_cast<std::uint16_t>(datagram[28] << 8 | datagram[29]);
  if (answer.port == 0) return fail(ErrorCode::kMalformed, "discovery: port 0");
  return answer;
}

}  // namespace countersign::link
