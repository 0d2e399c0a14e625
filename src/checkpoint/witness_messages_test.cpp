// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/witness_messages.h"

#include "checkpoint/testing/vectors.h"

namespace countersign::checkpoint {
namespace {

using enum ErrorCode;

std::string hash_lines(std::size_t count) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i)
    lines += base64_encode(Bytes(32, static_cast<std::uint8_t>(i))) + "\n";
  return lines;
}

TEST(AddCheckpoint, IsReadAndWrittenAsOthersWriteIt) {
  const std::string body = read_vector("add-checkpoint");
  const auto question = parse_add_checkpoint(body);
  ASSERT_TRUE(question) << question.error().detail;
  EXPECT_EQ(question.value().old_size, 6U);
  const std::vector<merkle::Hash> proof = {
      hash_of_hex("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"),
      hash_of_hex("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
      hash_of_hex("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")};
  EXPECT_EQ(question.value().proof, proof);
  EXPECT_EQ(question.value().checkpoint, read_vector("checkpoint"));
  EXPECT_EQ(write_add_checkpoint(question.value()), body);

  const std::string first = read_vector("add-checkpoint-first");
  const auto without_proof = parse_add_checkpoint(first);
  ASSERT_TRUE(without_proof) << without_proof.error().detail;
  EXPECT_EQ(without_proof.value().old_size, 0U);
  EXPECT_TRUE(without_proof.value().proof.empty());
  EXPECT_EQ(write_add_checkpoint(without_proof.value()), first);
}

TEST(AddCheckpoint, HasUpTo63HashesOfProof) {
  const std::string checkpoint = read_vector("cosigned-checkpoint");
  for (std::size_t count = 0; count <= 63; ++count) {
    const std::string body = "old 1\n" + hash_lines(count) + "\n" + checkpoint;
    const auto question = parse_add_checkpoint(body);
    ASSERT_TRUE(question) << count << ": " << question.error().detail;
    EXPECT_EQ(question.value().proof.size(), count);
    EXPECT_EQ(write_add_checkpoint(question.value()), body);
  }
  EXPECT_EQ(code_of(parse_add_checkpoint("old 1\n" + hash_lines(64) + "\n" + checkpoint)), kMalformed);
}

TEST(AddCheckpoint, LeavesToTheWitnessWhatItJudgesAfterItKnowsWhoAsks) {
  // Larger than the checkpoint, with a proof from nothing, of another log, with a signature of nobody.
  const std::string note = with(with(read_vector("checkpoint"), "dc1.", "dc9."), "tOKd", "tOKe");
  EXPECT_TRUE(parse_add_checkpoint("old 9\n\n" + note));
  EXPECT_TRUE(parse_add_checkpoint("old 0\n" + hash_lines(1) + "\n" + note));
}

struct RefusedBody {
  const char* name;
  std::string old, replacement;
  ErrorCode code = kMalformed;
};

class AddCheckpointRefuses : public testing::TestWithParam<RefusedBody> {};

TEST_P(AddCheckpointRefuses, WhatIsNotInTheOneForm) {
  const std::string body = with(read_vector("add-checkpoint"), GetParam().old, GetParam().replacement);
  EXPECT_EQ(code_of(parse_add_checkpoint(body)), GetParam().code) << body;
}

INSTANTIATE_TEST_SUITE_P(
    All, AddCheckpointRefuses,
    testing::Values(RefusedBody{"NoOldSize", "old 6\n", ""}, RefusedBody{"AnEmptyOldSize", "old 6", "old "},
                    RefusedBody{"NoSpace", "old 6", "old6"}, RefusedBody{"TwoSpaces", "old 6", "old  6"},
                    RefusedBody{"CapitalLetters", "old 6", "Old 6"},
                    RefusedBody{"LeadingZeros", "old 6", "old 06"},
                    RefusedBody{"ANegativeSize", "old 6", "old -6"},
                    RefusedBody{"ASizeBeyondTheLargest", "old 6", "old 9223372036854775808"},
                    RefusedBody{"CarriageReturns", "old 6\n", "old 6\r\n"},
                    RefusedBody{"AHashOf31Octets", "VY72o=", "VY7w=="},
                    RefusedBody{"AHashWithTrailingBits", "VY72o=", "VY72p="},
                    RefusedBody{"AHashWithASpace", "VY72o=", "VY72o= "},
                    RefusedBody{"AnEmptyLineAmongHashes", "VY72o=\n", "VY72o=\n\n"},
                    RefusedBody{"NoEmptyLine", "SCWFLc=\n\n", "SCWFLc=\n"},
                    RefusedBody{"ANoteThatIsNoCheckpoint", "\n8\n", "\n"},
                    RefusedBody{"ANoteWithoutSignature", "— dc1", "dc1"},
                    RefusedBody{"NoNewlineAtTheEnd", "CAo=\n", "CAo="},
                    RefusedBody{"ExtensionLines", "RgQyg=\n", "RgQyg=\nextension\n", kUnsupported},
                    RefusedBody{"TooLong", "CAo=\n", "CAo=\n" + std::string(70'000, 'x'), kTooLarge}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(AddCheckpoint, IsRefusedWhereItEndsEarly) {
  const std::string body = read_vector("add-checkpoint");
  for (std::size_t size = 0; size < body.size(); ++size)
    EXPECT_EQ(code_of(parse_add_checkpoint(body.substr(0, size))), kMalformed) << size;
}

TEST(KnownSize, IsReadAndWrittenAsOthersWriteIt) {
  EXPECT_EQ(parse_known_size(read_vector("known-size")).value(), 6U);
  EXPECT_EQ(write_known_size(6), read_vector("known-size"));
  EXPECT_EQ(parse_known_size(write_known_size(0)).value(), 0U);
  EXPECT_EQ(parse_known_size(write_known_size(0x7fff'ffff'ffff'ffff)).value(), 0x7fff'ffff'ffff'ffffU);
}

TEST(KnownSize, IsRefusedWhereItIsNotInTheOneForm) {
  for (const char* body : {"", "\n", "6", "06\n", "6\n\n", "6\n7\n", " 6\n", "6 \n", "6\r\n", "-1\n", "six\n",
                           "9223372036854775808\n"})
    EXPECT_EQ(code_of(parse_known_size(body)), kMalformed) << body;
}

}  // namespace
}  // namespace countersign::checkpoint
