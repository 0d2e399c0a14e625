// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/status_feeds.h"

#include <gtest/gtest.h>

#include "authority/interwork/testing/scripted_feed.h"

namespace countersign::authority {
namespace {

using Step = FeedFollower::Step;

struct PauseAfterAPage : testing::Test {
  // A page of so many changes, of a home that says it has so many.
  static documents::StatusFeedPage page(std::size_t changes, std::int64_t newest) {
    documents::StatusFeedPage page = FeedHistory().page_after({});
    for (std::size_t i = 1; i <= changes; ++i)
      page.changes.push_back({.sequence = static_cast<std::int64_t>(i),
                              .serial = x509::SerialNumber::random(),
                              .kind = x509::StatusKind::kRevoked,
                              .reason = x509::RevocationReason::kUnspecified,
                              .changed = {}});
    page.newest = newest;
    return page;
  }
  const FollowOptions options;
  const Route itself{nullptr, nullptr, 0};
  const Route relayed{nullptr, nullptr, 1};
  const documents::StatusFeedPage full_page = page(documents::kMaxChangesOfAPage, 1'000);
};

TEST_F(PauseAfterAPage, IsShortAfterAFullOneThatIsNotAll) {
  EXPECT_EQ(pause_after(full_page, Step::kOn, itself, options), options.catch_up_pause);
  EXPECT_EQ(pause_after(full_page, Step::kOn, relayed, options), options.catch_up_pause);
  const auto last = page(documents::kMaxChangesOfAPage, documents::kMaxChangesOfAPage);
  EXPECT_EQ(pause_after(last, Step::kOn, itself, options), options.least_pause);
}

TEST_F(PauseAfterAPage, IsNotShortForAHomeThatTellsItsChangesOneByOne) {
  EXPECT_EQ(pause_after(page(1, 1'000), Step::kOn, itself, options), options.least_pause);
  EXPECT_EQ(pause_after(page(documents::kMaxChangesOfAPage - 1, 1'000), Step::kOn, relayed, options),
            options.relayed_every);
}

TEST_F(PauseAfterAPage, IsNotShortForABrokenFeed) {
  for (const Step step : {Step::kRolledBack, Step::kForked, Step::kBroken})
    EXPECT_EQ(pause_after(full_page, step, itself, options), options.least_pause);
}

TEST(PeerLabel, EscapesWhatEndsALabel) {
  EXPECT_EQ(peer_label(take(x509::Name::from_text("OU=seoul-1,O=Countersign Demo"))),
            R"(peer="OU=seoul-1,O=Countersign Demo")");
  const x509::Name quoted = take(take(x509::Name::from_text("O=Countersign Demo")).child("OU", "a\"b"));
  ASSERT_EQ(quoted.text(), R"(OU=a\"b,O=Countersign Demo)");
  EXPECT_EQ(peer_label(quoted), R"(peer="OU=a\\\"b,O=Countersign Demo")");
}

}  // namespace
}  // namespace countersign::authority
