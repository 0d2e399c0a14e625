// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/log_proof.h"

#include "checkpoint/lines.h"

namespace countersign::checkpoint {
namespace {

constexpr std::string_view kFormat = "c2sp.org/tlog-proof@";
constexpr std::string_view kVersion = "v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

Result<void> expect_first_line(std::string_view line) {
  if (!line.starts_with(kFormat)) return fail(ErrorCode::kMalformed, "log proof: this is none");
  if (line.substr(kFormat.size()) != kVersion)
    return fail(ErrorCode::kUnsupported, "log proof: of another version than v1");
  return ok();
}

Result<Bytes> parse_extra(std::string_view base64) {
  auto extra = base64_decode(base64);
  if (!extra) return fail(std::move(extra).error(), "log proof: extra");
  if (extra.value().empty()) return fail(ErrorCode::kMalformed, "log proof: an extra of nothing");
  if (extra.value().size() > kMaxLogProofExtra)
    return fail(ErrorCode::kTooLarge, "log proof: an extra of more than 64 KiB");
  return extra;
}

}  // namespace

std::string write_log_proof(const LogProof& proof) {
  std::string text = std::string(kFormat).append(kVersion).append("\n");
  if (proof.extra && !proof.extra->empty())
    text.append(kExtra).append(base64_encode(*proof.extra)).append("\n");
  text.append(kIndex).append(std::to_string(proof.index)).append("\n");
  append_proof(text, proof.proof);
  return text + proof.checkpoint;
}

Result<LogProof> parse_log_proof(std::string_view text) {
  if (text.size() > kMaxLogProofSize) return fail(ErrorCode::kTooLarge, "log proof: more than 256 KiB");
  TRY(std::string_view line, take_line(text, "log proof"));
  TRY(expect_first_line(line));
  LogProof proof;
  TRY(line, take_line(text, "log proof"));
  if (line.starts_with(kExtra)) {
    TRY(proof.extra, parse_extra(line.substr(kExtra.size())));
    TRY(line, take_line(text, "log proof"));
  }
  if (!line.starts_with(kIndex)) return fail(ErrorCode::kMalformed, "log proof: no line of the index");
  TRY(proof.index, parse_decimal(line.substr(kIndex.size()), "log proof: index"));
  TRY(proof.proof, take_proof(text, "log proof"));
  TRY(claimed_checkpoint(text));
  proof.checkpoint = text;
  return proof;
}

}  // namespace countersign::checkpoint
