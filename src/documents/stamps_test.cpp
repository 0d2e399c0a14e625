// SPDX-License-Identifier: Apache-2.0
#include "documents/stamps.h"

#include <gtest/gtest.h>

#include <array>

namespace countersign::documents {
namespace {

using crypto::HashAlgorithm;

const StampedEvidence kEvidence{"checkpoint\n", to_bytes(std::string_view("receipt"))};

Stamp stamp(StampCoverage covers, HashAlgorithm hash, std::string_view token) {
  return {covers, hash, to_bytes(token)};
}

// The hashes are those that `sha256sum` and `sha512sum` print.
TEST(Stamps, AreOverLinesThatAnybodyCanWriteWithOtherPrograms) {
  EXPECT_EQ(covered_by(StampCoverage::kReceipt, HashAlgorithm::kSha256, kEvidence, {}),
            "countersign-stamp/v1 sha-256\n"
            "checkpoint 74c24dae6de5def220b3b9c31540dbb31934b9e5b6dbd37427ee1f21abe7e7e6\n"
            "receipt 6f32860910ca0fb2a20c7fda143666b09dbf8db5238195c90a586fb542ff0cad\n");
  const std::array earlier{stamp(StampCoverage::kReceipt, HashAlgorithm::kSha256, "token")};
  EXPECT_EQ(covered_by(StampCoverage::kCheckpoint, HashAlgorithm::kSha512, kEvidence, earlier),
            "countersign-stamp/v1 sha-512\n"
            "checkpoint "
            "0119043074ef257ab79660226bd164a97d56602903794d65392b18170546a307924fa5ac7b70d72874c0fa70d983856d"
            "34bc07289a07a637725eac3b6982fd74\n"
            "stamp "
            "2265daba0872fc3aef169d079365e590f0cbc8ed46c2a7984c8a642803cfd96cb47804a63cf22a79f6ca469268c29ee9"
            "e72a5059b62d0a598fe42dfc8dcc51bc\n");
}

TEST(Stamps, CoverEveryTokenBeforeThemInItsPlace) {
  const Stamp one = stamp(StampCoverage::kReceipt, HashAlgorithm::kSha256, "one");
  const Stamp two = stamp(StampCoverage::kReceipt, HashAlgorithm::kSha256, "two");
  const auto covered = [](std::vector<Stamp> earlier) {
    return covered_by(StampCoverage::kReceipt, HashAlgorithm::kSha384, kEvidence, earlier);
  };
  EXPECT_NE(covered({one, two}), covered({two, one}));
  EXPECT_NE(covered({one, two}), covered({one}));
  EXPECT_NE(covered({one}), covered({}));
}

TEST(Stamps, ReadBackAsTheyWereWritten) {
  const std::vector<Stamp> stamps{stamp(StampCoverage::kCheckpoint, HashAlgorithm::kSha256, "one"),
                                  stamp(StampCoverage::kReceipt, HashAlgorithm::kSha384, "two"),
                                  stamp(StampCoverage::kReceipt, HashAlgorithm::kSha512, "three")};
  const Bytes json = write_stamps(stamps);
  EXPECT_EQ(
      as_text(json).substr(0, 98),
      R"({"type":"stamps","version":1,"stamps":[{"covers":"checkpoint","hash":"sha-256","token":"b25l"},{"c)");
  const auto read = parse_stamps(json);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(write_stamps(read.value()), json);
  ASSERT_EQ(read.value().size(), 3U);
  EXPECT_EQ(read.value()[1].hash, HashAlgorithm::kSha384);
  EXPECT_EQ(as_text(read.value()[2].token), "three");
}

struct BadStamps {
  const char* name;
  std::string json;
  ErrorCode code;
};

TEST(Stamps, AreRefusedInAnyOtherForm) {
  const auto file = [](const std::string& stamps, const char* version = "1") {
    return R"({"type":"stamps","version":)" + std::string(version) + R"(,"stamps":)" + stamps + "}";
  };
  const std::string good = R"({"covers":"receipt","hash":"sha-256","token":"b25l"})";
  std::string many = "[" + good;
  for (std::size_t i = 0; i < kMaxStamps; ++i) many += "," + good;
  const BadStamps rows[] = {
      {"no JSON", "stamps", ErrorCode::kMalformed},
      {"another type", R"({"type":"receipt","version":1,"stamps":[)" + good + "]}", ErrorCode::kUnsupported},
      {"another version", file("[" + good + "]", "2"), ErrorCode::kUnsupported},
      {"no stamp", file("[]"), ErrorCode::kMalformed},
      {"too many", file(many + "]"), ErrorCode::kTooLarge},
      {"a member that nobody knows", file(R"([{"covers":"receipt","hash":"sha-256","token":"b25l","x":1}])"),
       ErrorCode::kMalformed},
      {"no coverage", file(R"([{"hash":"sha-256","token":"b25l"}])"), ErrorCode::kMalformed},
      {"another coverage", file(R"([{"covers":"log","hash":"sha-256","token":"b25l"}])"),
       ErrorCode::kUnsupported},
      {"SHA-1", file(R"([{"covers":"receipt","hash":"sha-1","token":"b25l"}])"), ErrorCode::kUnsupported},
      {"no base64", file(R"([{"covers":"receipt","hash":"sha-256","token":"b25"}])"), ErrorCode::kMalformed},
      {"an empty token", file(R"([{"covers":"receipt","hash":"sha-256","token":""}])"),
       ErrorCode::kMalformed},
      {"something behind", file("[" + good + "]") + "{}", ErrorCode::kMalformed}};
  ASSERT_TRUE(parse_stamps(as_bytes(file("[" + good + "]"))));
  for (const BadStamps& row : rows) {
    const auto read = parse_stamps(as_bytes(row.json));
    ASSERT_FALSE(read) << row.name;
    EXPECT_EQ(read.error().code, row.code) << row.name << ": " << read.error().detail;
  }
}

}  // namespace
}  // namespace countersign::documents
