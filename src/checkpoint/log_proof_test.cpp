// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/log_proof.h"

#include "checkpoint/testing/vectors.h"

namespace countersign::checkpoint {
namespace {

using enum ErrorCode;

TEST(LogProof, IsReadAndWrittenAsOthersWriteIt) {
  const std::string text = read_vector("inclusion.tlog-proof");
  const auto proof = parse_log_proof(text);
  ASSERT_TRUE(proof) << proof.error().detail;
  EXPECT_FALSE(proof.value().extra);
  EXPECT_EQ(proof.value().index, 5U);
  const std::vector<merkle::Hash> hashes = {
      hash_of_hex("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
      hash_of_hex("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
      hash_of_hex("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")};
  EXPECT_EQ(proof.value().proof, hashes);
  EXPECT_EQ(proof.value().checkpoint, read_vector("cosigned-checkpoint"));
  EXPECT_EQ(write_log_proof(proof.value()), text);
}

TEST(LogProof, CarriesAnExtra) {
  const std::string text = read_vector("inclusion-with-extra.tlog-proof");
  auto proof = parse_log_proof(text);
  ASSERT_TRUE(proof) << proof.error().detail;
  EXPECT_EQ(proof.value().extra, to_bytes("extra data"));
  EXPECT_EQ(write_log_proof(proof.value()), text);
  proof.value().extra = Bytes{};
  EXPECT_EQ(write_log_proof(proof.value()), read_vector("inclusion.tlog-proof")) << "nothing is no extra";
}

TEST(LogProof, OfTheOnlyEntryHasNoHashes) {
  const std::string text = read_vector("only-entry.tlog-proof");
  const auto proof = parse_log_proof(text);
  ASSERT_TRUE(proof) << proof.error().detail;
  EXPECT_EQ(proof.value().index, 0U);
  EXPECT_TRUE(proof.value().proof.empty());
  EXPECT_EQ(write_log_proof(proof.value()), text);
}

std::string of_hashes(std::size_t count) {
  std::string text = "c2sp.org/tlog-proof@v1\nindex 9223372036854775807\n";
  for (std::size_t i = 0; i < count; ++i)
    text += base64_encode(Bytes(32, static_cast<std::uint8_t>(i))) + "\n";
  return text + "\n" + read_vector("checkpoint");
}

TEST(LogProof, HasUpTo63Hashes) {
  for (std::size_t count = 0; count <= 63; ++count) {
    const auto proof = parse_log_proof(of_hashes(count));
    ASSERT_TRUE(proof) << count << ": " << proof.error().detail;
    EXPECT_EQ(proof.value().proof.size(), count);
    EXPECT_EQ(write_log_proof(proof.value()), of_hashes(count));
  }
  EXPECT_EQ(code_of(parse_log_proof(of_hashes(64))), kMalformed);
}

struct RefusedProof {
  const char* name;
  std::string old, replacement;
  ErrorCode code = kMalformed;
};

class LogProofRefuses : public testing::TestWithParam<RefusedProof> {};

TEST_P(LogProofRefuses, WhatIsNotInTheOneForm) {
  const std::string text =
      with(read_vector("inclusion-with-extra.tlog-proof"), GetParam().old, GetParam().replacement);
  EXPECT_EQ(code_of(parse_log_proof(text)), GetParam().code) << text;
}

INSTANTIATE_TEST_SUITE_P(
    All, LogProofRefuses,
    testing::Values(RefusedProof{"NoFirstLine", "c2sp.org/tlog-proof@v1\n", ""},
                    RefusedProof{"AnotherFormat", "tlog-proof", "tlog-prof"},
                    RefusedProof{"AnotherVersion", "@v1", "@v2", kUnsupported},
                    RefusedProof{"ALongerVersion", "@v1", "@v1.0", kUnsupported},
                    RefusedProof{"CarriageReturns", "@v1\n", "@v1\r\n", kUnsupported},
                    RefusedProof{"AnExtraOfNothing", "extra ZXh0cmEgZGF0YQ==", "extra "},
                    RefusedProof{"AnExtraWithTrailingBits", "YQ==", "YR=="},
                    RefusedProof{"AnExtraWithoutPadding", "YQ==", "YQ"},
                    RefusedProof{"AnExtraWithoutSpace", "extra ", "extra"},
                    RefusedProof{"TwoExtras", "extra ", "extra AAAA\nextra "},
                    RefusedProof{"TheExtraBelowTheIndex", "index 5\n", "index 5\nextra AAAA\n"},
                    RefusedProof{"AnExtraThatIsTooLong",
                                 "ZXh0cmEgZGF0YQ==", base64_encode(Bytes((64 << 10) + 1)), kTooLarge},
                    RefusedProof{"NoIndex", "index 5\n", ""},
                    RefusedProof{"AnEmptyIndex", "index 5", "index "},
                    RefusedProof{"LeadingZeros", "index 5", "index 05"},
                    RefusedProof{"ANegativeIndex", "index 5", "index -5"},
                    RefusedProof{"AnIndexBeyondTheLargest", "index 5", "index 9223372036854775808"},
                    RefusedProof{"TwoIndices", "index 5\n", "index 5\nindex 5\n"},
                    RefusedProof{"AHashOf31Octets", "hZnms=", "hZng=="},
                    RefusedProof{"AHashWithTrailingBits", "hZnms=", "hZnmt="},
                    RefusedProof{"AnEmptyLineAmongHashes", "hZnms=\n", "hZnms=\n\n"},
                    RefusedProof{"NoEmptyLine", "SCWFLc=\n\n", "SCWFLc=\n"},
                    RefusedProof{"NoNewlineAtTheEnd", "bjOCA==\n", "bjOCA=="},
                    RefusedProof{"ANoteThatIsNoCheckpoint", "\n8\n", "\n"},
                    RefusedProof{"ExtensionLines", "RgQyg=\n", "RgQyg=\nextension\n", kUnsupported},
                    RefusedProof{"ACheckpointThatIsTooLong", "dc1.example/log\n8",
                                 std::string(70'000, 'x') + "\n8", kTooLarge},
                    RefusedProof{"TooLong", "bjOCA==\n", "bjOCA==\n" + std::string(256 << 10, 'x'),
                                 kTooLarge}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(LogProof, IsRefusedWhereItEndsEarly) {
  const std::string text = read_vector("inclusion-with-extra.tlog-proof");
  // A cut between the two lines of signature leaves a proof without the second.
  const std::size_t without_cosignature = text.find("— witness");
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_EQ(static_cast<bool>(parse_log_proof(text.substr(0, size))), size == without_cosignature) << size;
}

}  // namespace
}  // namespace countersign::checkpoint
