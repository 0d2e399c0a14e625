// SPDX-License-Identifier: Apache-2.0
#include "documents/procedure.h"

#include "documents/procedure_samples.h"

namespace countersign::documents {
namespace {

using boost::json::array;
using boost::json::object;

object& item(object& procedure, std::string_view list, std::size_t position) {
  return procedure[list].get_array()[position].get_object();
}
object& step(object& procedure, std::size_t position) {
  return item(procedure, "steps", position);
}

TEST(ProcedureDocument, ReadsBackAsItWasWritten) {
  const Bytes json = write_procedure(sample_procedure()).value();
  const auto read = parse_procedure(json);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(write_procedure(read.value()).value(), json);
  EXPECT_EQ(read.value().steps[1].act.deadline, Seconds(3600));
  EXPECT_EQ(read.value().steps[0].undo->does, "refund");
  EXPECT_FALSE(read.value().steps[3].undo);
  EXPECT_EQ(read.value().point_of_no_return, "ship");
  expect_exact_members(json, parse_procedure);
}

TEST(ProcedureDocument, RefusesWhatIsNotOfTheForm) {
  using enum ErrorCode;
  expect_refusals(
      write_procedure(sample_procedure()).value(), parse_procedure,
      {{"an order", [](auto& o) { o["type"] = "order"; }, kUnsupported, "type"},
       {"version 2", [](auto& o) { o["version"] = 2; }, kUnsupported, "version"},
       {"a name with capitals", [](auto& o) { o["name"] = "Goods"; }, kMalformed, "name"},
       {"revision 0", [](auto& o) { o["revision"] = 0; }, kMalformed, "revision"},
       {"no services", [](auto& o) { o["services"] = array(); }, kMalformed, "services"},
       {"no steps", [](auto& o) { o["steps"] = array(); }, kMalformed, "steps"},
       {"nobody to ask", [](auto& o) { o["persons"] = array(); }, kMalformed, "persons"},
       {"too many steps", [](auto& o) { o["steps"] = array(33, step(o, 0)); }, kTooLarge, "steps"},
       {"an address that is none", [](auto& o) { item(o, "persons", 0)["email"] = "desk"; }, kMalformed,
        "email"},
       {"a service without TLS", [](auto& o) { item(o, "services", 0)["url"] = "http://card.example"; },
        kMalformed, "url"},
       {"a service with a query", [](auto& o) { item(o, "services", 0)["url"] = "https://card.example?a"; },
        kMalformed, "url"},
       {"a name in another spelling", [](auto& o) { item(o, "services", 0)["subject"] = "cn=x,O=y"; },
        kMalformed, "subject"},
       {"a step without a name", [](auto& o) { step(o, 0)["name"] = ""; }, kMalformed, "name"},
       {"a step that begins with a digit", [](auto& o) { step(o, 0)["name"] = "1st"; }, kMalformed, "name"},
       {"no time to answer", [](auto& o) { step(o, 0)["deadlineSeconds"] = 0; }, kMalformed,
        "deadlineSeconds"},
       {"more than ninety days", [](auto& o) { step(o, 0)["deadlineSeconds"] = 90 * 86400 + 1; }, kMalformed,
        "deadlineSeconds"},
       {"no rounds", [](auto& o) { step(o, 0)["rounds"] = 0; }, kMalformed, "rounds"},
       {"too many rounds", [](auto& o) { step(o, 0)["rounds"] = 21; }, kMalformed, "rounds"},
       {"not said whether it can be undone", [](auto& o) { step(o, 0).erase("undo"); }, kMalformed, "undo"},
       {"an undo without a name", [](auto& o) { step(o, 0)["undo"].get_object().erase("does"); }, kMalformed,
        "does"},
       {"a need that nobody knows", [](auto& o) { step(o, 0)["needs"] = array{"card-number"}; }, kUnsupported,
        "card-number"},
       {"a fourth way to go on", [](auto& o) { step(o, 0)["otherwise"] = "hope"; }, kUnsupported,
        "otherwise"},
       {"a member too many", [](auto& o) { step(o, 0)["retry"] = true; }, kMalformed, "retry"}});
}

TEST(ProcedureDocument, RefusesContradictionsByName) {
  using enum ErrorCode;
  expect_refusals(
      write_procedure(sample_procedure()).value(), parse_procedure,
      {{"two steps of one name", [](auto& o) { step(o, 1)["name"] = "charge"; }, kConflict,
        "step charge two steps"},
       {"two services of one name", [](auto& o) { item(o, "services", 1)["name"] = "card"; }, kConflict,
        "service card two services"},
       {"a service that nobody asks", [](auto& o) { step(o, 2)["service"] = "card"; }, kConflict,
        "service market no step asks it"},
       {"an unknown service", [](auto& o) { step(o, 0)["service"] = "bank"; }, kConflict,
        "asks bank, which is no service"},
       {"waits for nobody", [](auto& o) { step(o, 1)["after"] = array{"pay"}; }, kConflict,
        "waits for pay, which is no step"},
       {"waits twice",
        [](auto& o) {
          step(o, 1)["after"] = array{"charge", "charge"};
        },
        kConflict, "waits twice for charge"},
       {"a circle", [](auto& o) { step(o, 0)["after"] = array{"ship"}; }, kConflict,
        "step charge waits for itself"},
       {"a step behind itself", [](auto& o) { step(o, 0)["after"] = array{"charge"}; }, kConflict,
        "step charge waits for itself"},
       {"takes from what is beside it", [](auto& o) { step(o, 1)["takes"] = array{"broker"}; }, kConflict,
        "takes from broker, which need not be over"},
       {"takes from what may be passed over", [](auto& o) { step(o, 3)["takes"] = array{"broker"}; },
        kConflict, "which may be passed over"},
       {"takes from nobody", [](auto& o) { step(o, 3)["takes"] = array{"pay"}; }, kConflict,
        "takes from pay, which is no step"},
       {"a price for logistics", [](auto& o) { step(o, 3)["needs"] = array{"amount"}; }, kConflict,
        "needs amount, which is not for logistics"},
       {"lines for charging",
        [](auto& o) {
          step(o, 0)["needs"] = array{"amount", "lines"};
        },
        kConflict, "needs lines, which is not for charging"},
       {"a need that stands twice",
        [](auto& o) {
          step(o, 0)["needs"] = array{"amount", "amount"};
        },
        kConflict, "needs amount twice"},
       {"a charge of nothing", [](auto& o) { step(o, 0)["needs"] = array{"authorization"}; }, kConflict,
        "charges without needing the amount"},
       {"undone by doing it", [](auto& o) { step(o, 0)["undo"].get_object()["does"] = "capture"; }, kConflict,
        "is undone by what it does itself"},
       {"more than a year",
        [](auto& o) {
          step(o, 3)["deadlineSeconds"] = 90 * 86400;
          step(o, 3)["rounds"] = 5;
        },
        kConflict, "longer than 365 days"},
       {"a point that is no step", [](auto& o) { o["pointOfNoReturn"] = "pay"; }, kConflict,
        "pay is no step"},
       {"no point, and a step that cannot be undone", [](auto& o) { o["pointOfNoReturn"] = nullptr; },
        kConflict, "step ship cannot be undone"},
       {"cannot be undone, before the point", [](auto& o) { step(o, 1)["undo"] = nullptr; }, kConflict,
        "step invoice cannot be undone"},
       {"undoes everything from beside the point", [](auto& o) { o["pointOfNoReturn"] = "invoice"; },
        kConflict, "step ship has everything undone when it fails"},
       {"a point that may be passed over", [](auto& o) { step(o, 3)["otherwise"] = "go-on"; }, kConflict,
        "ship may be passed over"}});
}

TEST(ProcedureDocument, TellsAllContradictionsAtOnce) {
  Procedure procedure = sample_procedure();
  procedure.steps[0].needs.clear();
  procedure.steps[1].after = {"nowhere"};
  procedure.point_of_no_return.clear();
  const auto faults = faults_of(procedure);
  EXPECT_EQ(faults.size(), 4U);  // invoice takes from charge, which it does not wait for any more
  EXPECT_EQ(write_procedure(procedure).error().code, ErrorCode::kConflict);
}

TEST(ProcedureDocument, KnowsWhatIsBeforeAStep) {
  const Procedure procedure = sample_procedure();
  EXPECT_EQ(steps_before(procedure, 3), (std::set<std::size_t>{0, 1, 2}));
  EXPECT_EQ(steps_before(procedure, 0), std::set<std::size_t>());
}

}  // namespace
}  // namespace countersign::documents
