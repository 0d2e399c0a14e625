// SPDX-License-Identifier: Apache-2.0
#include "evidence/algorithms.h"

#include <gtest/gtest.h>

namespace countersign::evidence {
namespace {

TEST(AlgorithmPolicies, SayUntilWhenTheFirstOfAllIsTrusted) {
  const auto policy = AlgorithmPolicy::parse(
      "# ours\n\nsunset sha-256 2040-01-01T00:00:00Z\nsunset ecdsa-p256 2035-01-01T00:00:00Z\n");
  ASSERT_TRUE(policy) << policy.error().detail;
  const AlgorithmPolicy& read = policy.value();
  EXPECT_EQ(read.until({"ecdsa-p256", "sha-256"}), parse_time("2035-01-01T00:00:00Z").value());
  EXPECT_EQ(read.first_of({"sha-256", "ecdsa-p256"}), "ecdsa-p256");
  EXPECT_EQ(read.until({"ed25519", "sha-256"}), parse_time("2040-01-01T00:00:00Z").value());
  EXPECT_FALSE(read.until({"sha-512", "ecdsa-p384"}));
  EXPECT_EQ(read.first_of({"sha-512"}), "");
  EXPECT_FALSE(AlgorithmPolicy().until({"sha-256"})) << "one that says nothing";
}

struct BadPolicy {
  const char* name;
  std::string text;
  ErrorCode code;
};

TEST(AlgorithmPolicies, AreRefusedWhereTheyMayMeanSomethingElse) {
  const BadPolicy rows[] = {
      {"an algorithm that is not known", "sunset sha256 2040-01-01T00:00:00Z\n", ErrorCode::kUnsupported},
      {"another line", "trust sha-256 2040-01-01T00:00:00Z\n", ErrorCode::kMalformed},
      {"no time", "sunset sha-256\n", ErrorCode::kMalformed},
      {"a day", "sunset sha-256 2040-01-01\n", ErrorCode::kMalformed},
      {"more", "sunset sha-256 2040-01-01T00:00:00Z or so\n", ErrorCode::kMalformed},
      {"twice", "sunset sha-256 2040-01-01T00:00:00Z\nsunset sha-256 2050-01-01T00:00:00Z\n",
       ErrorCode::kMalformed},
      {"no end of the line", "sunset sha-256 2040-01-01T00:00:00Z", ErrorCode::kMalformed},
      {"too much", std::string(kMaxAlgorithmPolicy + 1, '\n'), ErrorCode::kTooLarge}};
  for (const BadPolicy& row : rows) {
    const auto read = AlgorithmPolicy::parse(row.text);
    ASSERT_FALSE(read) << row.name;
    EXPECT_EQ(read.error().code, row.code) << row.name << ": " << read.error().detail;
  }
}

}  // namespace
}  // namespace countersign::evidence
