// SPDX-License-Identifier: Apache-2.0
#include "procedure/explain.h"

#include "documents/procedure_samples.h"
#include "procedure/picture.h"

namespace countersign::procedure {
namespace {

using testing::HasSubstr;

TEST(ExplainProcedure, SaysWhoIsAskedForWhatAndWhatHappensOtherwise) {
  const std::string text = explain(documents::sample_procedure());
  for (const char* said :
       {"Procedure goods, revision 1, of CN=Sample Shop",
        "1. charge: capture, by card (charging, CN=Card Desk,OU=services", "Begins at once.",
        "Begins when invoice and broker are over.",
        "Is told the amount and the card company's authorization.",
        "Is told the articles without their prices, recipient and address and what came of invoice.",
        "Is asked once, with 10 minutes to answer.", "Is asked up to twice, with 3 days to answer each time.",
        "Is undone by refund, asked for up to 3 times, with 1 day to answer.", "Cannot be undone.",
        "If it fails, it is passed over and the rest goes on.",
        "If nobody answers, it may have been done: it is undone too (refund).",
        "If nobody answers, it may have been done: a person is asked.", "Is the point of no return",
        "Who is asked: Sales desk <desk@shop.example>.",
        "Then charge, invoice and broker are undone, the last first; ship stays as done."})
    EXPECT_THAT(text, HasSubstr(said));
}

TEST(ExplainProcedure, NamesWhatIsUndoneForEachStepThatFails) {
  const std::string text = explain(documents::sample_procedure());
  EXPECT_THAT(
      text,
      HasSubstr("If it is refused, everything ends, and nothing is to be undone. If nobody answers, it may "
                "have been done: it is undone too (refund)."));
  EXPECT_THAT(text,
              HasSubstr("what was done by then of broker (reverse) and charge (refund) is undone, the last"));
  EXPECT_THAT(text, HasSubstr("of broker (reverse), invoice (credit-note) and charge (refund) is undone"));
}

TEST(ExplainProcedure, SaysTimesInWholeUnits) {
  EXPECT_EQ(duration_text(Seconds(1)), "1 second");
  EXPECT_EQ(duration_text(Seconds(90)), "90 seconds");
  EXPECT_EQ(duration_text(Seconds(3600)), "1 hour");
  EXPECT_EQ(duration_text(std::chrono::days(90)), "90 days");
}

TEST(PictureOfAProcedure, ShowsEachStepAndWhatItWaitsFor) {
  const std::string svg = picture(documents::sample_procedure());
  for (const char* drawn : {">charge</text>", ">capture · charging</text>", ">↶ credit-note</text>",
                            ">cannot be undone</text>", "the point of no return, ship", "class=\"point\""})
    EXPECT_THAT(svg, HasSubstr(drawn));
  std::size_t arrows = 0;
  for (std::size_t at = svg.find("class=\"arrow\""); at != std::string::npos;
       at = svg.find("class=\"arrow\"", at + 1))
    ++arrows;
  EXPECT_EQ(arrows, 4U);
}

TEST(PictureOfAProcedure, NeedsNothingBesideItselfAndRunsNothing) {
  documents::Procedure procedure = documents::sample_procedure();
  procedure.persons[0].name = "<script>alert(\"1\")</script>&";
  const std::string svg = picture(procedure);
  for (const char* foreign : {"<script", "href", "<image", "@import", "url(http"})
    EXPECT_EQ(svg.find(foreign), std::string::npos) << foreign;
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;"));
}

}  // namespace
}  // namespace countersign::procedure
