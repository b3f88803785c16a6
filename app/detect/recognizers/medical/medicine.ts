import type { Recognizer } from '../../recognizer.ts';
import { findTerms } from './terms.ts';

/** International nonproprietary names of medicines that are prescribed most, and stems of whole classes (WHO, INN stems). */
const names =
  'acetaminophen acyclovir albuterol alendronate allopurinol alprazolam amiodarone amitriptyline amlodipine amoxicillin apixaban aripiprazole aspirin atenolol atomoxetine atorvastatin azathioprine azithromycin baclofen benazepril bisoprolol budesonide buprenorphine bupropion buspirone candesartan carbamazepine carvedilol cefalexin celecoxib cephalexin cetirizine ciprofloxacin citalopram clarithromycin clindamycin clonazepam clonidine clopidogrel clozapine codeine colchicine cyclobenzaprine dabigatran dexamethasone diazepam diclofenac digoxin diltiazem donepezil doxycycline duloxetine empagliflozin enalapril enoxaparin escitalopram esomeprazole estradiol eszopiclone ezetimibe famotidine fentanyl finasteride fluconazole fluoxetine fluticasone furosemide gabapentin glimepiride glipizide haloperidol hydrochlorothiazide hydrocodone hydrocortisone hydroxychloroquine hydroxyzine ibuprofen insulin ipratropium irbesartan isotretinoin ketoconazole labetalol lamotrigine lansoprazole latanoprost letrozole levetiracetam levofloxacin levothyroxine liraglutide lisdexamfetamine lisinopril lithium loperamide loratadine lorazepam losartan lovastatin meloxicam memantine metformin methadone methocarbamol methotrexate methylphenidate metoprolol metronidazole mirtazapine modafinil montelukast morphine mycophenolate naloxone naltrexone naproxen nifedipine nitrofurantoin nitroglycerin nortriptyline olanzapine olmesartan omeprazole ondansetron oseltamivir oxcarbazepine oxycodone pantoprazole paracetamol paroxetine phenytoin pioglitazone pramipexole pravastatin prednisolone prednisone pregabalin propranolol quetiapine ramipril ranitidine risperidone rivaroxaban ropinirole rosuvastatin salbutamol semaglutide sertraline sildenafil simvastatin sitagliptin solifenacin spironolactone sumatriptan tacrolimus tadalafil tamoxifen tamsulosin telmisartan temazepam ticagrelor timolol tizanidine topiramate tramadol trazodone valacyclovir valproate valsartan varenicline venlafaxine verapamil warfarin zolpidem'.split(
    ' ',
  );
const dose =
  / \d{1,5}(?:[.,]\d{1,3})? ?(?:mg|mcg|µg|μg|g|ml|mL|units|IU|IE)(?:\/\d{0,3} ?(?:mL|ml|h|hr|day|d))?(?!\p{L})/uy;

const find = findTerms(names, 0.2);

/** Medicines, after words of treatment; with a dose they need none. */
export const medicine: Recognizer = {
  kind: 'medical',
  context: [
    ...'patient prescribed prescription prescribe taking takes take took medication medications meds med dose'.split(
      ' ',
    ),
    ...'allergic allergy started stopped treated treatment therapy drug refill nimmt verschrieben prend toma prende'.split(
      ' ',
    ),
    'my',
  ],
  *find(text) {
    for (const candidate of find(text)) {
      dose.lastIndex = candidate.end;
      const [taken] = dose.exec(text) ?? [];
      yield taken ? { ...candidate, end: candidate.end + taken.length, score: 0.6 } : candidate;
    }
  },
  marked: [
    'prescribed «Lisinopril» again',
    'Rx: «metformin 500 mg» twice',
    'She takes «sertraline» daily.',
    '«Amlodipine 5mg», one a day',
  ],
  clear: ['aspirin was first made in 1897', 'insulin is a hormone', 'flour 500 g'],
};
