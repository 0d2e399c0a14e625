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

// Of wrong data by all from another data centre since `since`; `which` restricts further.
Result<std::int64_t> count_of_home(storage::Reader& reader, const Asker& asker, TimePoint since,
                                   std::string_view which = "", storage::Values more = {}) {
  storage::Values values{std::string(asker.foreign_home), code(DeclineReason::kUnknown), unix_seconds(since)};
  values.insert(values.end(), more.begin(), more.end());
  return count(reader,
               "foreign_home = $1 AND foreign_home <> '' AND code = $2 AND decided > $3" + std::string(which),
               values);
}

// Of wrong data within a day.
Result<std::int64_t> count_guesses(storage::Reader& reader, const Asker& asker,
                                   const QuestionDigests& digests, TimePoint now) {
  const std::string wrong = code(DeclineReason::kUnknown);
  if (!asker.purchaser.empty())
    return count(reader, "split_purchaser = $1 AND code = $2 AND decided > $3",
                 {std::string(asker.purchaser), wrong, unix_seconds(now - kDay)});
  return count(reader,
               "merchant = $1 AND code = $2 AND decided > $3 AND number_digest = $4 AND "
               "split_purchaser IS NULL",
               {std::string(asker.merchant), wrong, unix_seconds(now - kDay), to_bytes(digests.number)});
}

}  // namespace

Result<void> require_pace(storage::Reader& reader, const Rules& rules, const Asker& asker, TimePoint now) {
  if (!asker.foreign_home.empty()) {
    TRY(const auto of_home, count_of_home(reader, asker, now - kMinute));
    if (of_home >= rules.wrong_of_home_in_a_minute)
      return fail(ErrorCode::kRateLimited,
                  "authorizations: too many with wrong data within a minute from one data centre");
  }
  if (!asker.purchaser.empty()) return ok();
  TRY(const auto wrong,
      count(reader, "merchant = $1 AND code = $2 AND decided > $3 AND split_purchaser IS NULL",
            {std::string(asker.merchant), code(DeclineReason::kUnknown), unix_seconds(now - kMinute)}));
  if (wrong < rules.wrong_in_a_minute) return ok();
  return fail(ErrorCode::kRateLimited, "authorizations: too many with wrong data within a minute");
}

Result<std::optional<DeclineReason>> find_objection(storage::Reader& reader, const Rules& rules,
                                                    const Asker& asker, const QuestionDigests& digests,
                                                    TimePoint now) {
  TRY(const auto guesses, count_guesses(reader, asker, digests, now));
  if (guesses >= rules.wrong_in_a_day) return DeclineReason::kTooMany;
  if (!asker.foreign_home.empty()) {
    TRY(const auto of_home,
        count_of_home(reader, asker, now - kDay, " AND number_digest = $4", {to_bytes(digests.number)}));
    if (of_home >= rules.wrong_of_home_in_a_day) return DeclineReason::kTooMany;
  }
  TRY(const auto recent,
      count(reader,
            "merchant = $1 AND number_digest = $2 AND decided > $3 AND code <> $4 AND code <> $5 AND "
            "(split_purchaser IS NULL OR state <> 'declined' OR split_purchaser = $6)",
            {std::string(asker.merchant), to_bytes(digests.number), unix_seconds(now - kMinute),
             code(DeclineReason::kTooMany), code(DeclineReason::kUnknown), std::string(asker.purchaser)}));
  if (recent >= rules.payments_in_a_minute) return DeclineReason::kTooMany;
  TRY(const bool is_duplicate, is_approved_otherwise(reader, asker.merchant, digests.question, ""));
  if (is_duplicate) return DeclineReason::kDuplicate;
  return std::nullopt;
}

}  // namespace countersign::cardcompany
