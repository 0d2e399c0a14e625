// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/peer_places.h"

#include <gtest/gtest.h>

namespace countersign::authority {
namespace {

struct PeerPlacesTest : testing::Test {
  Result<http::Respond> take(const std::string& who) {
    return places.take(who, [this](const http::Response& response) { answered.push_back(response.status); });
  }
  ErrorCode refused(const std::string& who) {
    const auto place = take(who);
    return place ? ErrorCode{-1} : place.error().code;
  }

  std::vector<int> answered;
  PeerPlaces places{{.all = 3, .of_one = 2}};
};

TEST_F(PeerPlacesTest, PassTheResponseOn) {
  const auto place = take("seoul");
  ASSERT_TRUE(place);
  place.value()(http::text_response(200, ""));
  EXPECT_EQ(answered, std::vector<int>{200});
}

TEST_F(PeerPlacesTest, LeaveOthersTheirsWhenOneHasAsManyAsItMay) {
  const auto first = take("seoul");
  const auto second = take("seoul");
  EXPECT_EQ(refused("seoul"), ErrorCode::kRateLimited);
  EXPECT_TRUE(take("busan"));
}

TEST_F(PeerPlacesTest, AreNotMoreThanThereAre) {
  const auto first = take("seoul");
  const auto second = take("seoul");
  const auto third = take("busan");
  EXPECT_EQ(refused("tokyo"), ErrorCode::kUnavailable);
}

TEST_F(PeerPlacesTest, AreFreeAgainOnceAnsweredAndThoughTheAnswerIsKept) {
  const auto first = take("seoul");
  const auto second = take("seoul");
  first.value()(http::text_response(200, ""));
  first.value()(http::text_response(200, ""));
  const auto third = take("seoul");
  EXPECT_TRUE(third);
  EXPECT_EQ(refused("seoul"), ErrorCode::kRateLimited);
}

TEST_F(PeerPlacesTest, AreFreeAgainOnceDropped) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(take("seoul"));
    ASSERT_TRUE(take("busan"));
  }
  EXPECT_TRUE(answered.empty());
}

}  // namespace
}  // namespace countersign::authority
