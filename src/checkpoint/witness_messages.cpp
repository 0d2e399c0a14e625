// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/witness_messages.h"

#include "checkpoint/lines.h"

namespace countersign::checkpoint {
namespace {

constexpr std::string_view kOld = "old ";

}  // namespace

std::string write_add_checkpoint(const AddCheckpoint& question) {
  std::string body = std::string(kOld) + std::to_string(question.old_size) + "\n";
  append_proof(body, question.proof);
  return body + question.checkpoint;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  if (body.size() > kMaxAddCheckpointSize)
    return fail(ErrorCode::kTooLarge, "add-checkpoint: more than 68 KiB");
  AddCheckpoint question;
  TRY(std::string_view line, take_line(body, "add-checkpoint"));
  if (!line.starts_with(kOld)) return fail(ErrorCode::kMalformed, "add-checkpoint: no line of the old size");
  line.remove_prefix(kOld.size());
  TRY(question.old_size, parse_decimal(line, "add-checkpoint: old size"));
  TRY(question.proof, take_proof(body, "add-checkpoint"));
  TRY(claimed_checkpoint(body));
  question.checkpoint = body;
  return question;
}

std::string write_known_size(std::uint64_t size) {
  return std::to_string(size) + "\n";
}

Result<std::uint64_t> parse_known_size(std::string_view body) {
  TRY(const std::string_view line, take_line(body, "size known to the witness"));
  if (!body.empty()) return fail(ErrorCode::kMalformed, "size known to the witness: more than a line");
  return parse_decimal(line, "size known to the witness");
}

}  // namespace countersign::checkpoint
