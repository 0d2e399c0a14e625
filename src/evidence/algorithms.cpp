// SPDX-License-Identifier: Apache-2.0
#include "evidence/algorithms.h"

#include "base/text.h"
#include "checkpoint/lines.h"
#include "x509/stamp_token.h"

namespace countersign::evidence {

Result<AlgorithmPolicy> AlgorithmPolicy::parse(std::string_view text) {
  if (text.size() > kMaxAlgorithmPolicy) return fail(ErrorCode::kTooLarge, "algorithms: more than 64 KiB");
  AlgorithmPolicy policy;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string where = "algorithms, line " + std::to_string(number);
    TRY(const std::string_view line, checkpoint::take_line(text, where));
    if (auto read = policy.read_line(line); !read) return fail(std::move(read).error(), where);
  }
  return policy;
}

Result<void> AlgorithmPolicy::read_line(std::string_view line) {
  if (line.empty() || line.front() == '#') return ok();
  if (take_part(line, ' ') != "sunset") return fail(ErrorCode::kMalformed, "not `sunset NAME TIME`");
  const std::string name(take_part(line, ' '));
  if (!x509::is_known_algorithm(name)) return fail(ErrorCode::kUnsupported, "an algorithm that is not known");
  TRY(const TimePoint sunset, parse_time(line));
  if (!sunsets_.emplace(name, sunset).second)
    return fail(ErrorCode::kMalformed, "an algorithm that stands above already");
  return ok();
}

std::string AlgorithmPolicy::first_of(const std::vector<std::string>& algorithms) const {
  std::string first;
  for (const std::string& name : algorithms) {
    const auto found = sunsets_.find(name);
    if (found == sunsets_.end()) continue;
    if (first.empty() || found->second < sunsets_.find(first)->second) first = name;
  }
  return first;
}

std::optional<TimePoint> AlgorithmPolicy::until(const std::vector<std::string>& algorithms) const {
  const auto found = sunsets_.find(first_of(algorithms));
  if (found == sunsets_.end()) return std::nullopt;
  return found->second;
}

}  // namespace countersign::evidence
