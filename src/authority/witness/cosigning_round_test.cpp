// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/cosigning_round.h"

#include <gtest/gtest.h>

#include "authority/witness/testing/test_witness.h"

namespace countersign::authority {
namespace {

using std::chrono::milliseconds;

struct CosigningRoundTest : testing::Test {
  CosigningRoundTest() { log_.grow(3); }
  CosigningRound round() const { return {log_.newest(), began_}; }
  void cosign(CosigningRound& round, const checkpoint::NoteSigner& key) const {
    round.take({key.verifier(), "https://w.example"},
               take(key.cosign(round.checkpoint().note.text, from_unix_seconds(1'795'000'000))));
  }
  bool is_over(const CosigningRound& round, std::size_t needed, int after_ms) const {
    return round.is_over(needed, 3, began_ + milliseconds(after_ms), options_);
  }

  TestLog log_;
  checkpoint::NoteSigner first_ = witness_key("first.example");
  checkpoint::NoteSigner second_ = witness_key("second.example");
  checkpoint::NoteSigner third_ = witness_key("third.example");
  CosigningRound::Moment began_ = CosigningRound::Moment::clock::now();
  RoundOptions options_{milliseconds(200), milliseconds(1000), milliseconds(10'000)};
};

TEST_F(CosigningRoundTest, PutsTheCosignaturesBelowTheCheckpoint) {
  CosigningRound made = round();
  cosign(made, first_);
  cosign(made, second_);
  cosign(made, first_);
  EXPECT_EQ(made.count(), 2U) << "each once";
  EXPECT_TRUE(made.has({first_.verifier(), ""}));
  EXPECT_FALSE(made.has({third_.verifier(), ""}));
  const checkpoint::VerifierKey keys[] = {first_.verifier(), second_.verifier(), third_.verifier()};
  const auto verified = take(checkpoint::verify_checkpoint(made.note(), log_.key(), keys));
  EXPECT_EQ(verified.cosignatures.size(), 2U);
  EXPECT_EQ(verified.checkpoint.size, 3U);
}

TEST_F(CosigningRoundTest, EndsOnceThoseThatAreNeededHaveCosigned) {
  CosigningRound none = round();
  CosigningRound two = round();
  cosign(two, first_);
  cosign(two, second_);
  CosigningRound all = two;
  cosign(all, third_);
  struct Row {
    const char* name;
    const CosigningRound& round;
    std::size_t needed;
    int after_ms;
    bool is_over;
  };
  const Row rows[] = {
      {"all, too soon", all, 2, 199, false},
      {"all", all, 2, 200, true},
      {"enough, the third may come", two, 2, 999, false},
      {"enough, the third is late", two, 2, 1000, true},
      {"fewer than needed", two, 3, 9999, false},
      {"fewer than needed, for long", two, 3, 10'000, true},
      {"nobody where nobody is needed", none, 0, 5000, false},
      {"nobody, for long", none, 0, 10'000, true},
  };
  for (const Row& row : rows)
    EXPECT_EQ(is_over(row.round, row.needed, row.after_ms), row.is_over) << row.name;
}

}  // namespace
}  // namespace countersign::authority
