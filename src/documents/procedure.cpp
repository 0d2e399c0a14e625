// SPDX-License-Identifier: Apache-2.0
#include "documents/procedure.h"

#include <algorithm>
#include <functional>

#include "crypto/digest.h"
#include "documents/fields.h"
#include "documents/text_rules.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kProcedureLimits{.bytes = kMaxProcedure, .depth = 5, .members = 4096};
constexpr std::size_t kMostServices = 16;
constexpr std::size_t kMostPersons = 8;
constexpr std::size_t kMaxName = 100;
constexpr std::size_t kMaxUrl = 300;
constexpr Seconds kLongestDeadline = std::chrono::days(90);
constexpr Seconds kLongestAct = std::chrono::days(365);
constexpr std::int64_t kMostPlannedRounds = 20;
constexpr std::int64_t kMostRevisions = 1'000'000;

// --- reading

Result<std::string> read_word(ObjectReader& reader, std::string_view member) {
  TRY(std::string word, reader.text(member, kMaxName));
  if (!is_step_name(word))
    return fail(ErrorCode::kMalformed, "procedure." + std::string(member) + ": \"" + word +
                                           "\" is not 1–32 of a–z, 0–9 and hyphens, a letter first");
  return word;
}

Result<PlannedAct> read_act(ObjectReader& reader) {
  PlannedAct act;
  TRY(act.does, read_word(reader, "does"));
  TRY(const std::int64_t deadline, reader.integer("deadlineSeconds", 1, kLongestDeadline.count()));
  act.deadline = Seconds(deadline);
  TRY(act.rounds, reader.integer("rounds", 1, kMostPlannedRounds));
  return act;
}

Result<std::vector<std::string>> read_words(ObjectReader& reader, std::string_view member) {
  TRY(std::vector<std::string> words, reader.texts(member, kMostSteps, kMaxName));
  for (const std::string& word : words)
    if (!is_step_name(word))
      return fail(ErrorCode::kMalformed,
                  "procedure." + std::string(member) + ": \"" + word + "\" is no name");
  return words;
}

Result<std::vector<Need>> read_needs(ObjectReader& reader) {
  TRY(const std::vector<std::string> names, reader.texts("needs", 16, kMaxName));
  std::vector<Need> needs;
  for (const std::string& name : names) {
    const std::optional<Need> need = need_of_name(name);
    if (!need) return fail(ErrorCode::kUnsupported, "procedure.needs: \"" + name + "\" is not known");
    needs.push_back(*need);
  }
  return needs;
}

Result<Otherwise> read_otherwise(ObjectReader& reader) {
  TRY(const std::string name, reader.text("otherwise", 16));
  for (const Otherwise each : {Otherwise::kUndo, Otherwise::kPerson, Otherwise::kGoOn})
    if (otherwise_name(each) == name) return each;
  return fail(ErrorCode::kUnsupported, "procedure.otherwise: neither undo, person nor go-on");
}

Result<std::optional<PlannedAct>> read_undo(ObjectReader& reader) {
  TRY(std::optional<ObjectReader> member, reader.object_or_null("undo"));
  if (!member) return std::optional<PlannedAct>();
  TRY(PlannedAct undo, read_act(*member));
  TRY(member->finish());
  return std::optional(std::move(undo));
}

Result<ProcedureStep> read_step(ObjectReader& reader) {
  ProcedureStep step;
  TRY(step.name, read_word(reader, "name"));
  TRY(step.service, read_word(reader, "service"));
  TRY(step.act, read_act(reader));
  TRY(step.undo, read_undo(reader));
  TRY(step.after, read_words(reader, "after"));
  TRY(step.takes, read_words(reader, "takes"));
  TRY(step.needs, read_needs(reader));
  TRY(step.otherwise, read_otherwise(reader));
  TRY(reader.finish());
  return step;
}

Result<ProcedureService> read_service(ObjectReader& reader) {
  TRY(std::string name, read_word(reader, "name"));
  TRY(std::string kind, read_word(reader, "kind"));
  TRY(x509::Name subject, read_name(reader, "subject"));
  TRY(std::string url, reader.text("url", kMaxUrl));
  if (!is_https_prefix(url)) return fail(ErrorCode::kMalformed, "procedure.url: not an https prefix");
  TRY(reader.finish());
  return ProcedureService{std::move(name), std::move(kind), std::move(subject), std::move(url)};
}

Result<ProcedurePerson> read_person(ObjectReader& reader) {
  ProcedurePerson person;
  TRY(person.name, reader.text("name", kMaxName));
  TRY(person.email, read_mail_address(reader, "email"));
  TRY(reader.finish());
  return person;
}

template <typename Item, typename Read>
Result<std::vector<Item>> read_some(ObjectReader& reader, std::string_view member, std::size_t most,
                                    Read read) {
  TRY(std::vector<ObjectReader> readers, reader.objects(member, most));
  if (readers.empty()) return fail(ErrorCode::kMalformed, "procedure." + std::string(member) + ": empty");
  std::vector<Item> items;
  for (ObjectReader& each : readers) {
    TRY(Item item, read(each));
    items.push_back(std::move(item));
  }
  return items;
}

// --- writing

boost::json::object write_act(const PlannedAct& act) {
  return {{"does", act.does}, {"deadlineSeconds", act.deadline.count()}, {"rounds", act.rounds}};
}

boost::json::array write_words(const std::vector<std::string>& words) {
  boost::json::array array;
  for (const std::string& word : words) array.emplace_back(boost::json::string_view(word));
  return array;
}

boost::json::object write_step(const ProcedureStep& step) {
  boost::json::object object{{"name", step.name}, {"service", step.service}};
  for (const auto& member : write_act(step.act)) object[member.key()] = member.value();
  object["undo"] = nullptr;
  if (step.undo) object["undo"] = write_act(*step.undo);
  object["after"] = write_words(step.after);
  object["takes"] = write_words(step.takes);
  boost::json::array needs;
  for (const Need need : step.needs) needs.emplace_back(boost::json::string_view(need_name(need)));
  object["needs"] = std::move(needs);
  object["otherwise"] = boost::json::string_view(otherwise_name(step.otherwise));
  return object;
}

// --- contradictions

template <typename Items, typename Projection>
std::vector<std::string> doubles(const Items& items, Projection name) {
  std::set<std::string> seen;
  std::vector<std::string> twice;
  for (const auto& item : items)
    if (!seen.insert(std::string(std::invoke(name, item))).second)
      twice.push_back(std::string(std::invoke(name, item)));
  return twice;
}

class Examination {
 public:
  explicit Examination(const Procedure& procedure) : procedure_(procedure) {}

  std::vector<ProcedureFault> run() {
    look_at_names();
    look_at_services();
    for (const ProcedureStep& step : procedure_.steps) look_at_step(step);
    look_at_circles();
    look_at_point_of_no_return();
    return std::move(faults_);
  }

 private:
  void add(std::string where, std::string what) { faults_.push_back({std::move(where), std::move(what)}); }
  static std::string called(const ProcedureStep& step) { return "step " + step.name; }

  void look_at_names() {
    for (const std::string& name : doubles(procedure_.services, &ProcedureService::name))
      add("service " + name, "two services have this name");
    for (const std::string& name : doubles(procedure_.steps, &ProcedureStep::name))
      add("step " + name, "two steps have this name");
    for (const std::string& name : doubles(procedure_.persons, &ProcedurePerson::email))
      add("person " + name, "stands twice");
  }

  void look_at_services() {
    for (const ProcedureService& service : procedure_.services)
      if (std::ranges::find(procedure_.steps, service.name, &ProcedureStep::service) ==
          procedure_.steps.end())
        add("service " + service.name, "no step asks it");
  }

  void look_at_step(const ProcedureStep& step) {
    look_at_references(step);
    look_at_needs(step);
    for (const PlannedAct* act : {&step.act, step.undo ? &*step.undo : nullptr})
      if (act != nullptr && act->deadline * act->rounds > kLongestAct)
        add(called(step), act->does + ": all rounds together take longer than 365 days");
    if (step.undo && step.undo->does == step.act.does)
      add(called(step), "is undone by what it does itself, " + step.act.does);
  }

  void look_at_references(const ProcedureStep& step) {
    for (const std::string& name : doubles(step.after, std::identity()))
      add(called(step), "waits twice for " + name);
    for (const std::string& name : doubles(step.takes, std::identity()))
      add(called(step), "takes twice from " + name);
    for (const std::string& name : step.after)
      if (!find_step(procedure_, name)) add(called(step), "waits for " + name + ", which is no step");
    const std::set<std::size_t> before = steps_before(procedure_, *find_step(procedure_, step.name));
    for (const std::string& name : step.takes) {
      const auto taken = find_step(procedure_, name);
      if (!taken)
        add(called(step), "takes from " + name + ", which is no step");
      else if (!before.contains(*taken))
        add(called(step), "takes from " + name + ", which need not be over before it");
      else if (procedure_.steps[*taken].otherwise == Otherwise::kGoOn)
        add(called(step), "takes from " + name + ", which may be passed over");
    }
  }

  void look_at_needs(const ProcedureStep& step) {
    const auto service = std::ranges::find(procedure_.services, step.service, &ProcedureService::name);
    if (service == procedure_.services.end()) {
      add(called(step), "asks " + step.service + ", which is no service");
      return;
    }
    for (const Need need : step.needs) {
      if (std::ranges::count(step.needs, need) > 1)
        add(called(step), "needs " + std::string(need_name(need)) + " twice");
      if (!may_know(service->kind, need))
        add(called(step), "needs " + std::string(need_name(need)) + ", which is not for " + service->kind);
    }
    if (service->kind == kChargingKind && std::ranges::find(step.needs, Need::kAmount) == step.needs.end())
      add(called(step), "charges without needing the amount");
  }

  void look_at_circles() {
    for (std::size_t i = 0; i < procedure_.steps.size(); ++i)
      if (steps_before(procedure_, i).contains(i))
        add(called(procedure_.steps[i]), "waits for itself in the end");
  }

  void look_at_point_of_no_return() {
    const std::string& name = procedure_.point_of_no_return;
    const auto point = find_step(procedure_, name);
    if (!name.empty() && !point) {
      add("point of no return", name + " is no step");
      return;
    }
    if (point && procedure_.steps[*point].otherwise == Otherwise::kGoOn)
      add("point of no return", name + " may be passed over");
    const std::set<std::size_t> before = point ? steps_before(procedure_, *point) : std::set<std::size_t>();
    for (std::size_t i = 0; i < procedure_.steps.size(); ++i) {
      const ProcedureStep& step = procedure_.steps[i];
      const bool is_point = point == i;
      if (!step.undo && !is_point && !(point && steps_before(procedure_, i).contains(*point)))
        add(called(step), "cannot be undone, and is neither the point of no return nor behind it");
      if (point && !is_point && !before.contains(i) && step.otherwise == Otherwise::kUndo)
        add(called(step),
            "has everything undone when it fails, and need not be over before the point of no return");
    }
  }

  const Procedure& procedure_;
  std::vector<ProcedureFault> faults_;
};

}  // namespace

std::string_view otherwise_name(Otherwise otherwise) {
  switch (otherwise) {
    case Otherwise::kUndo:
      return "undo";
    case Otherwise::kPerson:
      return "person";
    case Otherwise::kGoOn:
      return "go-on";
  }
  return "";
}

std::optional<std::size_t> find_step(const Procedure& procedure, std::string_view name) {
  const auto found = std::ranges::find(procedure.steps, name, &ProcedureStep::name);
  if (found == procedure.steps.end()) return std::nullopt;
  return static_cast<std::size_t>(found - procedure.steps.begin());
}

const ProcedureService& service_of(const Procedure& procedure, const ProcedureStep& step) {
  return *std::ranges::find(procedure.services, step.service, &ProcedureService::name);
}

std::set<std::size_t> steps_before(const Procedure& procedure, std::size_t step) {
  std::set<std::size_t> before;
  std::vector<std::size_t> left{step};
  while (!left.empty()) {
    const std::size_t next = left.back();
    left.pop_back();
    for (const std::string& name : procedure.steps[next].after) {
      const auto found = find_step(procedure, name);
      if (found && before.insert(*found).second) left.push_back(*found);
    }
  }
  return before;
}

std::vector<ProcedureFault> faults_of(const Procedure& procedure) {
  return Examination(procedure).run();
}

Result<Procedure> read_procedure(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "procedure", kProcedureLimits));
  TRY(reader.expect("procedure", 1));
  TRY(std::string name, read_word(reader, "name"));
  TRY(const std::int64_t revision, reader.integer("revision", 1, kMostRevisions));
  TRY(x509::Name merchant, read_name(reader, "merchant"));
  TRY(auto services, read_some<ProcedureService>(reader, "services", kMostServices, read_service));
  TRY(auto persons, read_some<ProcedurePerson>(reader, "persons", kMostPersons, read_person));
  TRY(auto steps, read_some<ProcedureStep>(reader, "steps", kMostSteps, read_step));
  TRY(std::string point, reader.text_or_null("pointOfNoReturn", kMaxName));
  TRY(reader.finish());
  return Procedure{std::move(name),    revision,         std::move(merchant), std::move(services),
                   std::move(persons), std::move(steps), std::move(point)};
}

Result<Procedure> parse_procedure(BytesView json) {
  TRY(Procedure procedure, read_procedure(json));
  std::string said;
  for (const ProcedureFault& fault : faults_of(procedure))
    said += (said.empty() ? "procedure: " : "; ") + fault.where + " " + fault.what;
  if (!said.empty()) return fail(ErrorCode::kConflict, std::move(said));
  return procedure;
}

Result<Bytes> write_procedure(const Procedure& procedure) {
  boost::json::object object = begin_document("procedure");
  object["name"] = procedure.name;
  object["revision"] = procedure.revision;
  object["merchant"] = procedure.merchant.text();
  boost::json::array services;
  for (const ProcedureService& service : procedure.services)
    services.push_back(boost::json::object{{"name", service.name},
                                           {"kind", service.kind},
                                           {"subject", service.subject.text()},
                                           {"url", service.url}});
  object["services"] = std::move(services);
  boost::json::array persons;
  for (const ProcedurePerson& person : procedure.persons)
    persons.push_back(boost::json::object{{"name", person.name}, {"email", person.email}});
  object["persons"] = std::move(persons);
  boost::json::array steps;
  for (const ProcedureStep& step : procedure.steps) steps.push_back(write_step(step));
  object["steps"] = std::move(steps);
  object["pointOfNoReturn"] = text_or_null(procedure.point_of_no_return);
  Bytes json = to_bytes(write_json(object));
  TRY(parse_procedure(json));
  return json;
}

Sha256Digest procedure_digest(BytesView json) {
  return crypto::sha256(json);
}

}  // namespace countersign::documents
