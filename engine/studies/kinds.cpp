// The kinds of studies that the engine offers: one line each.

#include "engine/studies/coordination_study.hpp"
#include "engine/studies/study.hpp"

namespace wattstein::engine {

std::vector<StudyKind> engine_study_kinds() {
  return {
      coordination_study(), batch_study(),    power_flow_study(), dso_response_study(),
      market_study(),       recourse_study(), compare_study(),    scaling_study(),
  };
}

}  // namespace wattstein::engine
