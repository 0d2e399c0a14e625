// SPDX-License-Identifier: Apache-2.0
#include "mediator/default_application.h"

#include <gtest/gtest.h>

namespace countersign::mediator {
namespace {

constexpr std::string_view kType = "x-scheme-handler/countersign";
constexpr std::string_view kOurs = "org.countersign.mediator.desktop";

struct List {
  const char* name;
  std::string before;
  std::string after;    // with ours
  std::string without;  // when ours is taken out again
};

TEST(DefaultApplication, IsPutBeforeAllOthersAndTakenOutAgain) {
  const List rows[] = {
      {"no list", "",
       "[Default Applications]\nx-scheme-handler/countersign=org.countersign.mediator.desktop;\n", ""},
      {"a list of others",
       "[Default Applications]\ntext/html=firefox.desktop\n\n[Added Associations]\ntext/html=a.desktop;\n",
       "[Default "
       "Applications]\nx-scheme-handler/countersign=org.countersign.mediator.desktop;\ntext/"
       "html=firefox.desktop\n\n"
       "[Added Associations]\ntext/html=a.desktop;\n",
       "[Default Applications]\ntext/html=firefox.desktop\n\n[Added Associations]\ntext/html=a.desktop;\n"},
      {"no group of defaults", "[Added Associations]\ntext/html=a.desktop;",
       "[Added Associations]\ntext/html=a.desktop;\n[Default Applications]\n"
       "x-scheme-handler/countersign=org.countersign.mediator.desktop;\n",
       "[Added Associations]\ntext/html=a.desktop;\n"},
      {"an empty group at the end", "# mine\n[Default Applications]\n",
       "# mine\n[Default Applications]\nx-scheme-handler/countersign=org.countersign.mediator.desktop;\n",
       "# mine\n"},
      {"another program", "[Default Applications]\nx-scheme-handler/countersign=other.desktop;\n",
       "[Default "
       "Applications]\nx-scheme-handler/countersign=org.countersign.mediator.desktop;other.desktop;\n",
       "[Default Applications]\nx-scheme-handler/countersign=other.desktop;\n"},
      {"ours behind another",
       "[Default Applications]\nx-scheme-handler/countersign=b.desktop;org.countersign.mediator.desktop",
       "[Default Applications]\nx-scheme-handler/countersign=org.countersign.mediator.desktop;b.desktop;\n",
       "[Default Applications]\nx-scheme-handler/countersign=b.desktop;\n"},
      {"blanks around the sign", "[Default Applications]\nx-scheme-handler/countersign = other.desktop \n",
       "[Default "
       "Applications]\nx-scheme-handler/countersign=org.countersign.mediator.desktop;other.desktop;\n",
       "[Default Applications]\nx-scheme-handler/countersign=other.desktop;\n"},
      {"a type whose name is longer", "[Default Applications]\nx-scheme-handler/countersign-too=c.desktop\n",
       "[Default Applications]\nx-scheme-handler/countersign=org.countersign.mediator.desktop;\n"
       "x-scheme-handler/countersign-too=c.desktop\n",
       "[Default Applications]\nx-scheme-handler/countersign-too=c.desktop\n"},
  };
  for (const List& row : rows) {
    EXPECT_FALSE(is_default(row.before, kType, kOurs)) << row.name;
    const auto after = with_default(row.before, kType, kOurs);
    EXPECT_EQ(after, row.after) << row.name;
    EXPECT_TRUE(is_default(after, kType, kOurs)) << row.name;
    EXPECT_EQ(with_default(after, kType, kOurs), after) << row.name;
    EXPECT_EQ(without_default(after, kType, kOurs), row.without) << row.name;
  }
}

TEST(DefaultApplication, IsFoundThoughSomebodyPutBlanksAroundTheSign) {
  const std::string list =
      "[Default Applications]\nx-scheme-handler/countersign = org.countersign.mediator.desktop\n";
  EXPECT_TRUE(is_default(list, kType, kOurs));
  EXPECT_EQ(with_default(list, kType, kOurs), list);
  EXPECT_EQ(without_default(list, kType, kOurs), "");
}

TEST(DefaultApplication, LeavesAListAloneThatDoesNotNameIt) {
  const std::string list =
      "[Default Applications]\r\nx-scheme-handler/countersign=other.desktop\n\n\n[Removed Associations]";
  EXPECT_EQ(without_default(list, kType, kOurs), list);
  EXPECT_EQ(without_default("", kType, kOurs), "");
  const std::string elsewhere =
      "[Added Associations]\nx-scheme-handler/countersign=org.countersign.mediator.desktop;\n";
  EXPECT_FALSE(is_default(elsewhere, kType, kOurs));
  EXPECT_EQ(without_default(elsewhere, kType, kOurs), elsewhere);
}

}  // namespace
}  // namespace countersign::mediator
