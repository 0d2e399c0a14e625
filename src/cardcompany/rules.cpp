// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/rules.h"

namespace countersign::cardcompany {
namespace {

constexpr Seconds kMinute{60};
constexpr Seconds kDay{24 * 60 * 60};

Result<std::int64_t> count(storage::Reader& reader, std::string_view condition,
                           const storage::Values& values) {
  TRY(const auto row,
      reader.query_one("SELECT COUNT(*) FROM authorizations WHERE " + std::string(condition), values));
  return row ? row->integer(0) : 0;
}

std::string code(DeclineReason reason) {
  return std::string(decline_code(reason));
}

}  // namespace

Result<void> require_pace(storage::Reader& reader, const Rules& rules, std::string_view merchant,
                          TimePoint now) {
  TRY(const auto wrong,
      count(reader, "merchant = $1 AND code = $2 AND decided > $3",
            {std::string(merchant), code(DeclineReason::kUnknown), unix_seconds(now - kMinute)}));
  if (wrong < rules.wrong_in_a_minute) return ok();
  return fail(ErrorCode::kRateLimited, "authorizations: too many with wrong data within a minute");
}

Result<std::optional<DeclineReason>> find_objection(storage::Reader& reader, const Rules& rules,
                                                    std::string_view merchant, const QuestionDigests& digests,
                                                    TimePoint now) {
  const std::string whose(merchant);
  TRY(const auto guesses,
      count(reader, "merchant = $1 AND code = $2 AND decided > $3 AND number_digest = $4",
            {whose, code(DeclineReason::kUnknown), unix_seconds(now - kDay), to_bytes(digests.number)}));
  if (guesses >= rules.wrong_in_a_day) return DeclineReason::kTooMany;
  TRY(const auto recent,
      count(reader, "merchant = $1 AND number_digest = $2 AND decided > $3 AND code <> $4 AND code <> $5",
            {whose, to_bytes(digests.number), unix_seconds(now - kMinute), code(DeclineReason::kTooMany),
             code(DeclineReason::kUnknown)}));
  if (recent >= rules.payments_in_a_minute) return DeclineReason::kTooMany;
  TRY(const bool is_duplicate, is_approved_otherwise(reader, merchant, digests.question, ""));
  if (is_duplicate) return DeclineReason::kDuplicate;
  return std::nullopt;
}

}  // namespace countersign::cardcompany
