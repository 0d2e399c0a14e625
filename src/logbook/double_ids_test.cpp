// SPDX-License-Identifier: Apache-2.0
#include "logbook/double_ids.h"

#include <gtest/gtest.h>

namespace countersign::logbook {
namespace {

DoubleIds::Id id_of(int number) {
  const auto octet = [](int value) { return static_cast<std::uint8_t>(value % 256); };
  return {octet(number), octet(number * 7), octet(number)};
}

TEST(DoubleIds, FindsEachIdThatStandsThereAgain) {
  DoubleIds ids(5);
  EXPECT_EQ(ids.passes(), 1);
  std::uint64_t index = 0;
  for (const int number : {1, 2, 1, 3, 2}) ids.add(id_of(number), index++);
  const auto doubles = ids.finish_pass();
  ASSERT_EQ(doubles.size(), 2);
  EXPECT_EQ(doubles[0].first, 0);
  EXPECT_EQ(doubles[0].again, 2);
  EXPECT_EQ(doubles[1].id, id_of(2));
  EXPECT_EQ(doubles[1].again, 4);
}

TEST(DoubleIds, FindsThemInALogThatTakesSeveralPassesToo) {
  DoubleIds ids(std::uint64_t{3} << 21);
  ASSERT_EQ(ids.passes(), 4);
  std::size_t found = 0;
  for (std::uint64_t pass = 0; pass < ids.passes(); ++pass) {
    for (int number = 0; number < 200; ++number) ids.add(id_of(number % 100), 0);
    found += ids.finish_pass().size();
  }
  EXPECT_EQ(found, 100);
}

TEST(DoubleIds, SharesOutAlsoWhatSomebodyChoseToBeAlike) {
  DoubleIds ids(1000, 250);
  ASSERT_EQ(ids.passes(), 5);
  std::size_t found = 0;
  for (std::uint64_t pass = 0; pass < ids.passes(); ++pass) {
    for (int again = 0; again < 2; ++again)
      for (std::uint8_t high = 0; high < 4; ++high)
        for (int low = 0; low < 250; ++low)
          ids.add({1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, high, static_cast<std::uint8_t>(low)}, 0);
    const std::size_t in_this = ids.finish_pass().size();
    EXPECT_LT(in_this, 500) << pass;
    found += in_this;
  }
  EXPECT_EQ(found, 1000);
}

}  // namespace
}  // namespace countersign::logbook
