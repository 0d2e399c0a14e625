// SPDX-License-Identifier: Apache-2.0
#include "procedure/run_document.h"

#include "procedure/procedure_world.h"

namespace countersign::procedure {
namespace {

using boost::json::array;
using boost::json::object;
using documents::SpoiledDocument;

// A run that has something of everything: two rounds, details, an amount, a question, a cancellation.
RunWorld eventful() {
  RunWorld world;
  world.ask();
  StepResult charged = world.result("charge", Act::kDo, Outcome::kDone);
  charged.details = {{"slip", "4711"}};
  EXPECT_TRUE(world.tell(charged));
  world.ask();
  world.wait(std::chrono::hours(1));
  EXPECT_TRUE(apply(world.plan, world.run, Cancelled{ground_of(kSecond)}, world.now));
  EXPECT_TRUE(world.answer("invoice", Act::kDo, Outcome::kRefused, 2));
  world.ask();
  EXPECT_TRUE(world.answer("broker", Act::kUndo, Outcome::kNothing) || true);
  StepResult other = charged;
  other.reference = "charge-2";
  EXPECT_TRUE(world.tell(other));
  return world;
}

TEST(RunDocument, ReadsBackAsItWasWritten) {
  const RunWorld world = eventful();
  ASSERT_FALSE(world.run.questions.empty());
  const Bytes json = write_run(world.run);
  const auto read = parse_run(json);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(write_run(read.value()), json);
  EXPECT_TRUE(check_run(world.plan, read.value()));
  EXPECT_EQ(read.value().cancelled, ground_of(kSecond));
  EXPECT_EQ(read.value().questions, world.run.questions);
  EXPECT_EQ(read.value().steps[0].did.due, world.run.steps[0].did.due) << "to the microsecond";
  documents::expect_exact_members(json, parse_run);
}

TEST(RunDocument, RefusesWhatIsNotOne) {
  using enum ErrorCode;
  const auto step = [](object& o) -> object& { return o["steps"].get_array()[0].get_object(); };
  const auto did = [step](object& o) -> object& { return step(o)["did"].get_object(); };
  const auto question = [](object& o) -> object& { return o["questions"].get_array()[0].get_object(); };
  documents::expect_refusals(
      write_run(eventful().run), parse_run,
      {{"a procedure", [](auto& o) { o["type"] = "procedure"; }, kUnsupported, "type"},
       {"a later version", [](auto& o) { o["version"] = 2; }, kUnsupported, "version"},
       {"a phase that nobody knows", [](auto& o) { o["phase"] = "sideways"; }, kUnsupported, "phase"},
       {"a state that nobody knows", [&](auto& o) { did(o)["state"] = "lost"; }, kUnsupported, "state"},
       {"rounds of what was never asked", [&](auto& o) { did(o)["state"] = "open"; }, kMalformed, "state"},
       {"done, and never asked", [&](auto& o) { did(o)["rounds"] = array(); }, kMalformed, "state"},
       {"too many rounds", [&](auto& o) { did(o)["rounds"] = array(101, did(o)["rounds"].get_array()[0]); },
        kTooLarge, "rounds"},
       {"a place below zero", [&](auto& o) { step(o)["place"] = -1; }, kMalformed, "place"},
       {"a question about no step", [&](auto& o) { question(o)["step"] = 4; }, kMalformed, "step"},
       {"a reason that nobody knows", [&](auto& o) { question(o)["reason"] = "mood"; }, kUnsupported,
        "reason"},
       {"reverses what is no confirmation", [](auto& o) { o["reverses"] = "all"; }, kMalformed, "reverses"}});
}

}  // namespace
}  // namespace countersign::procedure
