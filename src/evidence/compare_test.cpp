// SPDX-License-Identifier: Apache-2.0
#include "evidence/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evidence/receipt.h"
#include "evidence/testing/sample_log.h"
#include "sample/issuers.h"

namespace countersign::evidence {
namespace {

using documents::Receipt;
using testing::HasSubstr;

const Trade& trade() {
  static const Trade made;
  return made;
}

Report verify(const SampleLog& log, const Receipt& receipt) {
  const auto policy = log.parsed_policy();
  return verify_receipt(documents::write_receipt(receipt), trade().root.certificate, &policy, {});
}

// One log whose operator keeps two books: up to a fork both say the same.
struct Fork {
  Fork() {
    log.append_others(3);
    receipt = log.confirm();
    small = verify(log, receipt);
    SampleLog lie = log;
    log.append_others(4);
    log.prove(receipt, 3);
    large = verify(log, receipt);
    Receipt told = lie.confirm();
    lie.append_others(3);
    lie.prove(told, 4);
    other = verify(lie, told);
  }
  SampleLog log{trade()};
  Receipt receipt;
  Report small, large;  // of 4 and 8 entries of the same tree
  Report other;         // of 8 entries of another
};
Fork& world() {
  static Fork made;
  return made;
}

TEST(CompareReceipts, FindsNothingInTwoOfOneTree) {
  EXPECT_EQ(compare_receipts(world().large, world().large).verdict, ComparisonVerdict::kSameTree);
}

TEST(CompareReceipts, FindsAForkInTwoRootsOfOneSize) {
  ASSERT_TRUE(world().large.is_valid() && world().other.is_valid())
      << "each by itself is a valid receipt: " << write_report_text(world().other);
  const Comparison found = compare_receipts(world().large, world().other);
  EXPECT_EQ(found.verdict, ComparisonVerdict::kFork);
  EXPECT_THAT(found.explanation, HasSubstr("two different trees of 8 entries"));
  EXPECT_THAT(found.explanation, HasSubstr("Keep both receipts"));
  const std::string text = write_comparison_text(found, world().large, world().other);
  EXPECT_THAT(text, testing::StartsWith("FORK: The log seoul-1.example/log has two histories"));
  EXPECT_THAT(write_comparison_json(found, world().large, world().other),
              testing::StartsWith(R"({"type":"receipt-comparison","version":1,"verdict":"fork")"));
}

TEST(CompareReceipts, KnowsOfTreesOfTwoSizesOnlyWhatTheirHashesShow) {
  const Comparison without = compare_receipts(world().small, world().large);
  EXPECT_EQ(without.verdict, ComparisonVerdict::kUndecided);
  EXPECT_THAT(without.explanation, HasSubstr("tiles"));
  for (const auto& [first, second] :
       {std::pair(world().small, world().large), std::pair(world().large, world().small)}) {
    const Comparison with = compare_receipts(first, second, &world().log);
    EXPECT_EQ(with.verdict, ComparisonVerdict::kConsistent) << with.explanation;
    EXPECT_THAT(with.explanation, HasSubstr("8 entries begins with the tree of 4 entries"));
  }
}

TEST(CompareReceipts, FindsAForkInATreeThatDoesNotBeginWithTheSmaller) {
  SampleLog another(trade());
  another.signer = world().log.signer;
  another.append_others(6);
  Receipt receipt = another.confirm();
  const Report report = verify(another, receipt);
  ASSERT_TRUE(report.log->is_signed && report.log->is_included);
  const Comparison found = compare_receipts(world().small, report, &another);
  EXPECT_EQ(found.verdict, ComparisonVerdict::kFork) << found.explanation;
  EXPECT_THAT(found.explanation, HasSubstr("7 entries does not begin with the tree of 4 entries"));
}

TEST(CompareReceipts, FindsAForkInTwoConfirmationsOfOneNumber) {
  SampleLog another(trade());
  another.signer = world().log.signer;
  another.append_others(3);
  Receipt receipt = another.confirm();
  another.append_others(1);
  another.prove(receipt, 3);
  const Comparison found = compare_receipts(world().small, verify(another, receipt));
  EXPECT_EQ(found.verdict, ComparisonVerdict::kFork) << found.explanation;
  EXPECT_THAT(found.explanation, HasSubstr("number 3 is another confirmation in each"));
}

TEST(CompareReceipts, BelievesNoHashesThatDoNotLeadToTheSignedRoot) {
  SampleLog another(trade());
  another.append_others(8);
  const Comparison found = compare_receipts(world().small, world().large, &another);
  EXPECT_EQ(found.verdict, ComparisonVerdict::kUndecided);
  EXPECT_THAT(found.explanation, HasSubstr("not those of the larger one"));
  SampleLog shorter(trade());
  shorter.append_others(5);
  EXPECT_THAT(compare_receipts(world().small, world().large, &shorter).explanation,
              HasSubstr("cannot be had"));
}

TEST(CompareReceipts, ConcludesNothingFromWhatTheLogDidNotSign) {
  const auto stranger = make_note_signer(std::string(SampleLog::kOrigin), checkpoint::KeyType::kEd25519);
  Receipt receipt = world().receipt;
  world().log.prove(receipt, 3,
                    {.checkpoint = [](auto& stated) { stated.root[0] ^= 1; }, .signer = &stranger});
  const Report forged = verify(world().log, receipt);
  EXPECT_EQ(compare_receipts(forged, forged).verdict, ComparisonVerdict::kUnproven);
  EXPECT_EQ(compare_receipts(forged, world().large).verdict, ComparisonVerdict::kUnproven);
  const Report none = verify_receipt(as_bytes("{}"), trade().root.certificate, nullptr, {});
  EXPECT_EQ(compare_receipts(world().large, none).verdict, ComparisonVerdict::kUnproven);
  EXPECT_THAT(write_comparison_json(compare_receipts(none, none), none, none), HasSubstr("[null,null]"));
}

TEST(CompareReceipts, HasNothingToSayOfTwoLogs) {
  SampleLog elsewhere(trade(), "tokyo-1.example/log");
  const Receipt receipt = elsewhere.confirm();
  EXPECT_EQ(compare_receipts(world().large, verify(elsewhere, receipt)).verdict,
            ComparisonVerdict::kOtherLogs);
}

}  // namespace
}  // namespace countersign::evidence
