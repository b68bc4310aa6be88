import type { AgentMemory } from '../../../../contracts/memory-views.ts';
import { firstTriesResource } from '../../api-memory.ts';
import { useResource } from '../../live.ts';
import { counted, percent } from '../../numbers.ts';
import { Card } from '../../parts/card.tsx';
import { Empty, View } from '../../parts/view.tsx';
import { DayChart } from '../analytics/line-chart.tsx';

const wholeShare = 1;

/** Whether memory helps: the share of first tries that worked by day, and when lessons changed. */
export const FirstTries = ({ memory: { agent, world } }: { memory: AgentMemory }) => {
  const query = useResource(firstTriesResource({ agent, world }));
  return (
    <View query={query} what="First tries" rows={4}>
      {({ days, marks }) => {
        const tasks = days.reduce((sum, day) => sum + day.tasks, 0);
        const worked = days.reduce((sum, day) => sum + day.worked, 0);
        if (tasks === 0) {
          return (
            <Card title="First tries that worked" line>
              <Empty>Nothing was tried in the last 30 days.</Empty>
            </Card>
          );
        }
        return (
          <DayChart
            title="First tries that worked"
            sentence={`Share of first tries of ${agent} that worked, 30 days: ${percent(worked / tasks)} of ${counted(tasks, 'task')}; lessons changed on ${counted(marks.length, 'day')}`}
            series={[{ key: 'worked', label: `${agent}, by day`, colour: 'var(--chart-2)' }]}
            points={days.map((day) => ({
              date: day.date,
              values: { worked: day.tasks === 0 ? null : day.worked / day.tasks },
            }))}
            marks={marks.map(({ date, seq }) => ({ date, label: `snapshot ${seq}` }))}
            most={wholeShare}
            format={percent}
            axisFormat={(value) => `${Math.round(value * 100)}%`}
            dayLink={(date) => `/runs?agent=${agent}&from=${date}&last=all`}
            today={days.at(-1)?.date ?? ''}
          />
        );
      }}
    </View>
  );
};
