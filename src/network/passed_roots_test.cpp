// SPDX-License-Identifier: Apache-2.0
#include "network/passed_roots.h"

#include <gtest/gtest.h>

#include "sample/issuers.h"

namespace countersign::network {
namespace {

using std::chrono::years;

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

// A root that two others have followed, years apart.
class PassedRootsTest : public testing::Test {
 protected:
  static documents::NextRoot next(const x509::Issuer& before, const x509::Issuer& after, TimePoint at) {
    return {after.certificate, take(x509::certify_next_root(before, after.certificate, at))};
  }
  PassedRoots of_old() const {
    PassedRoots passed = passed_;
    passed.first.reset();
    return passed;
  }
  static void expect_same(const PassedRoots& read, const PassedRoots& written) {
    EXPECT_EQ(read.first, written.first);
    ASSERT_EQ(read.roots.size(), written.roots.size());
    for (std::size_t i = 0; i < read.roots.size(); ++i) {
      EXPECT_EQ(read.roots[i].root, written.roots[i].root);
      EXPECT_EQ(read.roots[i].link, written.roots[i].link);
    }
  }

  const TimePoint begin_ = from_unix_seconds(1'795'000'000);  // November 2026
  const x509::Issuer first_ = sample::make_root(begin_);
  const x509::Issuer second_ = sample::make_root(begin_ + years(4));
  const x509::Issuer third_ = sample::make_root(begin_ + years(8));
  const x509::Issuer stranger_ = sample::make_root(begin_);
  const PassedRoots passed_{
      {next(first_, second_, begin_ + years(4)), next(second_, third_, begin_ + years(8))},
      first_.certificate};
};

TEST_F(PassedRootsTest, AreFollowedFromTheRootThatWasGivenToTheLast) {
  for (const x509::Issuer* given : {&first_, &second_, &third_})
    EXPECT_EQ(take(passed_.follow(given->certificate)), third_.certificate);
  EXPECT_EQ(take(PassedRoots{}.follow(first_.certificate)), first_.certificate);
}

TEST_F(PassedRootsTest, AreNotFollowedFromARootThatNamesNoneOfThem) {
  EXPECT_EQ(code_of(passed_.follow(stranger_.certificate)), ErrorCode::kCertificateUnknown);
}

TEST_F(PassedRootsTest, AreNotFollowedOverARootThatTheOneBeforeDidNotName) {
  PassedRoots broken = passed_;
  broken.roots.erase(broken.roots.begin());
  EXPECT_EQ(code_of(broken.follow(first_.certificate)), ErrorCode::kCertificateUnknown);
}

TEST_F(PassedRootsTest, KnowTheirFirstByThemselves) {
  for (const x509::Issuer* given : {&first_, &second_, &third_})
    EXPECT_EQ(take(passed_.with_first(given->certificate)).first, first_.certificate);
}

TEST_F(PassedRootsTest, OfAFileOfOldFollowedTheRootThatWasGivenUnlessThatIsOneOfThem) {
  EXPECT_EQ(take(of_old().with_first(first_.certificate)).first, first_.certificate);
  EXPECT_EQ(take(of_old().with_first(second_.certificate)).first, std::nullopt);
  EXPECT_EQ(take(of_old().with_first(third_.certificate)).first, std::nullopt);
}

TEST_F(PassedRootsTest, HaveNoFirstWhereNoneWasPassed) {
  const PassedRoots none{{}, first_.certificate};
  EXPECT_EQ(take(none.with_first(first_.certificate)).first, std::nullopt);
}

TEST_F(PassedRootsTest, RefuseAFirstThatDidNotNameTheOneBehindIt) {
  PassedRoots lying = passed_;
  lying.first = stranger_.certificate;
  EXPECT_EQ(code_of(lying.with_first(second_.certificate)), ErrorCode::kCertificateUnknown);
}

TEST_F(PassedRootsTest, BeginElsewhereForWhoWasGivenARootThatIsNoneOfThem) {
  for (const x509::Issuer* given : {&first_, &second_, &third_})
    EXPECT_FALSE(passed_.begin_elsewhere(given->certificate));
  EXPECT_TRUE(passed_.begin_elsewhere(stranger_.certificate));
  EXPECT_FALSE(of_old().begin_elsewhere(stranger_.certificate)) << "nobody knows where they began";
}

TEST_F(PassedRootsTest, AreReadFromTheirFileAsTheyWereWritten) {
  for (const PassedRoots& each : {passed_, of_old(), PassedRoots{}})
    expect_same(take(parse_roots_file(take(write_roots_file(each)))), each);
}

TEST_F(PassedRootsTest, AreMembersOfAnotherObjectToo) {
  boost::json::object object{{"other", "member"}};
  put_roots_members(passed_, object);
  auto reader = take(documents::ObjectReader::of(object, "object"));
  expect_same(take(read_roots_members(reader)), passed_);
  EXPECT_FALSE(reader.finish()) << "takes its own members alone";
}

TEST_F(PassedRootsTest, AreSixteenAtMost) {
  PassedRoots many{std::vector(16, passed_.roots.front()), first_.certificate};
  EXPECT_TRUE(write_roots_file(many));
  many.roots.push_back(passed_.roots.front());
  EXPECT_EQ(code_of(write_roots_file(many)), ErrorCode::kTooLarge);
}

struct BadFile {
  std::string name, from, to;
  ErrorCode code;
};

class PassedRootsRefuse : public PassedRootsTest, public testing::WithParamInterface<BadFile> {};

TEST_P(PassedRootsRefuse, AFile) {
  std::string json(as_text(take(write_roots_file(passed_))));
  const auto at = json.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  json.replace(at, GetParam().from.size(), GetParam().to);
  EXPECT_EQ(code_of(parse_roots_file(as_bytes(json))), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    , PassedRootsRefuse,
    testing::Values(
        BadFile{"OfAnotherType", "passed-network-roots", "kept-network-map", ErrorCode::kUnsupported},
        BadFile{"OfAnotherVersion", R"("version":1)", R"("version":2)", ErrorCode::kUnsupported},
        BadFile{"WithoutRoots", R"("roots")", R"("rests")", ErrorCode::kMalformed},
        BadFile{"WithoutALink", R"("link")", R"("lint")", ErrorCode::kMalformed},
        BadFile{"WithAMemberMore", R"("version":1)", R"("version":1,"more":1)", ErrorCode::kMalformed},
        BadFile{"WithWhatIsNoCertificate", R"("certificate":"MII)", R"("certificate":"AAA)",
                ErrorCode::kMalformed}),
    [](const auto& row) { return row.param.name; });

TEST_F(PassedRootsTest, AreNotReadFromAFileOverItsLimit) {
  Bytes json = take(write_roots_file(passed_));
  json.resize(kMaxRootsFile + 1, ' ');
  EXPECT_EQ(code_of(parse_roots_file(json)), ErrorCode::kTooLarge);
  json.resize(kMaxRootsFile);
  EXPECT_TRUE(parse_roots_file(json));
}

}  // namespace
}  // namespace countersign::network
